"""The only place that knows an SDK: what stands behind the ports."""
