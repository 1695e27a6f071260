"""Headers that every answer has: CORS, and what keeps a browser from making more of an answer than it is."""

from collections.abc import Mapping, Sequence

from flask import Request, Response

from functions.routes import ROUTES

SECURITY: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
}
_METHODS = ", ".join(sorted({method for route in ROUTES for method in route.methods} | {"OPTIONS"}))
_REQUEST_HEADERS = "Authorization, Content-Type, If-None-Match, If-Range, Range, X-API-Key"
_RESPONSE_HEADERS = "Accept-Ranges, Content-Range, ETag, Link, Location, Retry-After"
_DAY = "86400"


def preflight(request: Request) -> Response:
    """The answer to OPTIONS, which browsers send before a request that needs leave."""
    response = Response(status=204)
    response.headers["Allow"] = _METHODS
    if request.headers.get("Access-Control-Request-Method"):
        response.headers["Access-Control-Allow-Methods"] = _METHODS
        response.headers["Access-Control-Allow-Headers"] = _REQUEST_HEADERS
        response.headers["Access-Control-Max-Age"] = _DAY
    return response


def finish(response: Response, request: Request, origins: Sequence[str]) -> Response:
    """Add what every answer has; errors and preflight included, or a page could not even read why it failed."""
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
