"""One module for each deployed function. A handler parses the request, calls one use case, and makes the response."""
