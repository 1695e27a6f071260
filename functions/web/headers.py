"""The steps for every response: CORS headers, security headers, and sending it before the body is read."""

from collections.abc import Mapping, Sequence

from flask import Request, Response

from functions.routes import ROUTES

SECURITY: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
}
_METHODS = {method for route in ROUTES for method in route.methods}
_REQUEST_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range, X-API-Key"
_RESPONSE_HEADERS = "Accept-Ranges, Content-Range, ETag, Link, Location, Retry-After"
_DAY = "86400"


def preflight(request: Request, methods: Sequence[str]) -> Response:
    """The response to OPTIONS, which browsers send before a request that needs permission (CORS preflight).

    Args:
        request: the preflight.
        methods: those that the path supports. If there is nothing at the path, a browser may send any method to it, so
            that its page can read the reason.
    """
    response = Response(status=204)
    del response.headers["Content-Type"]
    response.headers["Allow"] = allowed = ", ".join((*methods, "OPTIONS"))
    wanted = request.headers.get("Access-Control-Request-Method")
    if wanted:
        response.headers["Access-Control-Allow-Methods"] = allowed if methods else _known(wanted)
        response.headers["Access-Control-Allow-Headers"] = _REQUEST_HEADERS
        response.headers["Access-Control-Max-Age"] = _DAY
    return response


def _known(method: str) -> str:
    return method if method in _METHODS else "OPTIONS"


def finish(response: Response, request: Request, origins: Sequence[str]) -> Response:
    """Prepare a response for sending. Errors need the CORS headers too, so that a page can read the reason."""
    send_at_once(response)
    headers = response.headers
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    headers["Access-Control-Expose-Headers"] = _RESPONSE_HEADERS
    if "*" in origins:
        headers["Access-Control-Allow-Origin"] = "*"
        return response
    headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin in origins:
        headers["Access-Control-Allow-Origin"] = origin
    return response


def make_private(response: Response) -> Response:
    """Keep the response to a request with a key out of shared caches."""
    cache = response.cache_control
    if not cache.no_store:
        cache.public = False
        cache.private = True
    return response


def send_at_once(response: Response) -> Response:
    """Make the response a stream of known length.

    Before functions-framework sends any other response, it reads the rest of the request's body into memory. A long
    body fills the memory, and a broken one turns the response into a 500.
    """
    if response.is_sequence:
        body = response.get_data()
        response.content_length = len(body)
        response.response = iter((body,))
    return response
