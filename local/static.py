"""Static files and renditions, which Google Cloud serves from public buckets."""

import mimetypes
from pathlib import Path

from flask import Request, Response

from functions.domain.caching import FOR_A_CDN
from functions.domain.errors import MethodNotAllowed
from functions.web.headers import preflight
from functions.web.responses import make_conditional
from functions.wiring import wiring

FRONTEND = Path(__file__).parent.parent / "frontend"

_READ = ("GET", "HEAD")
_PAGE_CSP = (
    "default-src 'self'; img-src 'self' data: blob:{hosts}; connect-src 'self'{hosts}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def serve_page(request: Request) -> Response | None:
    """The file of the frontend at the request's path, where `/` is its index; None if there is no such file."""
    name = request.path.strip("/") or "index.html"
    if name not in {each.name for each in FRONTEND.iterdir() if each.is_file()}:
        return None
    if request.method == "OPTIONS":
        return preflight(request, _READ)
    _must_read(request)
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    data = (FRONTEND / name).read_bytes()
    response = Response(data, content_type=f"{content_type}; charset=utf-8")
    response.headers.update(
        {
            "Access-Control-Allow-Origin": "*",  # like the page's bucket: sites embed the components
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _page_csp(),
            "X-Content-Type-Options": "nosniff",
        }
    )
    response.add_etag()
    make_conditional(response, request, len(data))
    return response


def serve_rendition(request: Request, name: str) -> Response:
    """An object of the renditions bucket. It never changes, so a browser can keep it for a year.

    A proxy in front can keep it for a day, because the image can be deleted.

    Raises:
        ObjectNotFound: there is no object with that name (yet).
        RangeNotSatisfiable: the range begins after the end of the object.
        PreconditionFailed: `If-Match` names another entity tag.
        MethodNotAllowed: the bucket is read-only.
    """
    if request.method == "OPTIONS":
        return _of_a_public_bucket(preflight(request, _READ))
    _must_read(request)
    found, data = wiring().renditions().read(name)
    response = Response(data, content_type=found.content_type, headers={"Cache-Control": FOR_A_CDN})
    response.set_etag(str(found.generation))
    response.last_modified = found.updated
    make_conditional(response, request, len(data))
    return _of_a_public_bucket(response)


def _of_a_public_bucket(response: Response) -> Response:
    """The response with the CORS header of the bucket: any page can draw public images on a canvas."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _page_csp() -> str:
    """The page's Content-Security-Policy, which allows its own host and the hosts in the settings."""
    settings = wiring().settings
    return _PAGE_CSP.format(hosts="".join(f" {each}" for each in (settings.base_url, settings.renditions_url) if each))


def _must_read(request: Request) -> None:
    if request.method not in _READ:
        raise MethodNotAllowed(request.method, _READ)
