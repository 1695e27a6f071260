"""Responses to requests that succeed."""

import json
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Request, Response
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_date

from functions.domain.errors import ImageNotFound, ImageRepoError, PreconditionFailed, RangeNotSatisfiable
from functions.domain.formats import Format
from functions.domain.model import Image
from functions.web.image_json import Urls, image_object
from functions.web.problems import problem
from functions.web.queries import DrawQuery

if TYPE_CHECKING:
    from functions.services.serve import Original

NO_STORE = "no-store"
REVALIDATE = "no-cache"
BRIEFLY = "public, max-age=3600"
"""For responses that rarely change, but must not be cached long after a deletion."""

_MULTI_STATUS = 207

Outcome = tuple[dict[str, object], int]
"""A JSON object, and the status that it would have as the only result."""


def json_response(value: object, status: int = 200, *, cache: str = NO_STORE) -> Response:
    """`value` as JSON."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    return Response(body, status, {"Cache-Control": cache}, content_type="application/json")


def created_response(value: object, location: str) -> Response:
    """201 with the created resource and its location."""
    response = json_response(value, 201)
    response.headers["Location"] = location
    return response


def no_content() -> Response:
    """204, without a body."""
    return Response(status=204, headers={"Cache-Control": NO_STORE})


def redirect(url: str, *, cache: str) -> Response:
    """302 to `url`."""
    return Response(status=302, headers={"Location": url, "Cache-Control": cache})


def several_response(outcomes: Sequence[Outcome | ImageRepoError]) -> Response:
    """The outcome of each image, in `images`. The status is the one of all images, or 207 if they differ."""
    images, statuses = [], set()
    for outcome in outcomes:
        if isinstance(outcome, ImageRepoError):
            images.append(problem(outcome))
            statuses.add(outcome.status.value)
        else:
            value, status = outcome
            images.append({**value, "status": status})
            statuses.add(status)
    return json_response({"images": images}, statuses.pop() if len(statuses) == 1 else _MULTI_STATUS)


def single_response(outcome: Outcome | ImageRepoError) -> Response:
    """The outcome of one image, with its location if it has one.

    Raises:
        ImageRepoError: the outcome is this error.
    """
    if isinstance(outcome, ImageRepoError):
        raise outcome
    value, status = outcome
    response = json_response(value, status)
    if "url" in value:
        response.headers["Location"] = str(value["url"])
    return response


def draw_response(images: Sequence[Image], query: DrawQuery, urls: Urls) -> Response:
    """The drawn images, or a redirect to a thumbnail of one. Caches must not keep it: each draw is different.

    Raises:
        ImageNotFound: no image matches the query.
    """
    if query.several:
        return json_response({"images": [image_object(each, urls) for each in images]})
    if not images:
        raise ImageNotFound("No image matches the query. Try another tag or album.")
    if query.width is not None:
        return thumbnail_response(images[0], query.width, urls, cache=NO_STORE)
    return json_response(image_object(images[0], urls))


def thumbnail_response(image: Image, width: int, urls: Urls, *, cache: str) -> Response:
    """302 to the thumbnail with that width (pixels) or the next larger one; to the image itself if there is none."""
    found = image.renditions.at_least(width)
    if found is None:
        return redirect(urls.image(image.id), cache=NO_STORE)
    return redirect(urls.rendition(image.id, found.name), cache=cache)


def file_response(original: "Original", load: Callable[[], bytes | None], request: Request) -> Response | None:
    """The image's bytes from `load`, or the range of them that the request names; 304 if the client has them already.

    None if `load` returns None.

    Raises:
        RangeNotSatisfiable: the range begins after the end of the file.
        PreconditionFailed: `If-Match` names another entity tag.
    """
    if "If-Match" not in request.headers and request.if_none_match.contains_weak(original.etag):
        return _conditional(Response(status=304), original)
    data = load()
    if data is None:
        return None
    response = _conditional(Response(data, content_type=original.image.facts.format.content_type), original)
    response.headers["Content-Disposition"] = _disposition(original.image)
    make_conditional(response, request, len(data))
    return response


def make_conditional(response: Response, request: Request, length: int) -> None:
    """Apply the request's conditions and its range to a response of `length` bytes.

    `Range` is ignored if it has several ranges or another unit, or if the method is not GET (RFC 9110, 14.2). A
    condition whose date is invalid does not hold, and `If-Match: *` holds for everything that exists (RFC 9110, 13.1).

    Raises:
        RangeNotSatisfiable: the range begins after the end.
        PreconditionFailed: `If-Match` names another entity tag.
    """
    environ = dict(request.environ)
    wanted = request.range
    if request.method != "GET" or wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        environ.pop("HTTP_RANGE", None)
    if not _is_date(environ.get("HTTP_IF_MODIFIED_SINCE")):
        environ.pop("HTTP_IF_MODIFIED_SINCE", None)
    validator = environ.get("HTTP_IF_RANGE", "")
    if '"' not in validator and not _is_date(validator):
        environ.pop("HTTP_IF_RANGE", None)
        if validator:
            environ.pop("HTTP_RANGE", None)
    if environ.get("HTTP_IF_MATCH", "").strip() == "*":
        del environ["HTTP_IF_MATCH"]
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=length)
    except RequestedRangeNotSatisfiable:
        raise RangeNotSatisfiable(length) from None
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        raise PreconditionFailed


def _is_date(text: str | None) -> bool:
    try:
        return parse_date(text) is not None
    except OverflowError:  # a year of 20 digits
        return False


def _conditional(response: Response, original: "Original") -> Response:
    response.set_etag(original.etag)
    response.headers["Cache-Control"] = BRIEFLY
    return response


def _disposition(image: Image) -> str:
    """A file name for saving the image, with the extension of its format."""
    name = _true_name(image.description.filename or image.object_name, image.facts.format)
    ascii_name = name.encode("ascii", "replace").decode().replace("\\", "_").replace('"', "_")
    return f"inline; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


def _true_name(name: str, image_format: Format) -> str:
    stem, dot, extension = name.rpartition(".")
    if dot and extension.lower() in {image_format.extension, image_format.name, "jpe", "heif"}:
        return name
    return f"{stem or name}.{image_format.extension}"
