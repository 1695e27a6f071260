"""The only place that knows Flask: requests in, responses and problems out."""
