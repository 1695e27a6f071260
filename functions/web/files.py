"""An image's own bytes as an answer: entity tags, ranges, a name to save it by."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import quote

from flask import Request, Response
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from functions.domain.errors import PreconditionFailed, RangeNotSatisfiable
from functions.domain.formats import Format
from functions.domain.model import Image
from functions.services.serve import Original
from functions.web.responses import BRIEFLY


def file_response(original: Original, load: Callable[[], bytes], request: Request) -> Response:
    """The image's bytes, by `load`, unless the client has them already (304); ranges and all.

    Raises:
        RangeNotSatisfiable: the range begins behind the end of the file.
        PreconditionFailed: it is not what `If-Match` names.
    """
    if request.if_none_match.contains_weak(original.etag):
        return _conditional(Response(status=304), original)
    data = load()
    response = _conditional(Response(data, content_type=original.image.facts.format.content_type), original)
    response.headers["Content-Disposition"] = _disposition(original.image)
    make_conditional(response, request, len(data))
    return response


def make_conditional(response: Response, request: Request, length: int) -> None:
    """Answer with the one range of bytes that a GET asks for, or that the client has it all already (304).

    Whatever else `Range` says is ignored: several ranges, other units, other methods (RFC 9110, 14.2). `length` is that
    of the whole, in bytes.

    Raises:
        RangeNotSatisfiable: the range begins behind the end.
        PreconditionFailed: it is not what `If-Match` names.
    """
    environ = dict(request.environ)
    wanted = request.range
    if request.method != "GET" or wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        environ.pop("HTTP_RANGE", None)
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=length)
    except RequestedRangeNotSatisfiable:
        raise RangeNotSatisfiable(length) from None
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        raise PreconditionFailed


def _conditional(response: Response, original: Original) -> Response:
    response.set_etag(original.etag)
    response.headers["Cache-Control"] = BRIEFLY
    return response


def _disposition(image: Image) -> str:
    """A file name for those who save the image, with an extension that is true."""
    name = _true_name(image.description.filename or image.object_name, image.facts.format)
    ascii_name = name.encode("ascii", "replace").decode().replace("\\", "_").replace('"', "_")
    return f"inline; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


def _true_name(name: str, image_format: Format) -> str:
    stem, dot, extension = name.rpartition(".")
    if dot and extension.lower() in {image_format.extension, image_format.name, "jpe", "heif"}:
        return name
    return f"{stem or name}.{image_format.extension}"
