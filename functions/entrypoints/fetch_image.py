"""`GET /fetch/ID`, `/fetch/ID/details` and `/fetch/ID/thumbnail`: an image's file, its details and a thumbnail."""

from functools import partial

from flask import Request, Response

from functions.domain.model import Image
from functions.services.serve import Original, find_servable, find_substitute, get_image, public_bytes
from functions.web.endpoint import Call, endpoint
from functions.web.image_json import Urls, details_object
from functions.web.queries import parse_width
from functions.web.responses import (
    BRIEFLY,
    REVALIDATE,
    file_response,
    json_response,
    redirect,
    thumbnail_response,
)
from functions.wiring import wiring


def show_file(request: Request, call: Call) -> Response:
    """The file without private metadata. If that is not possible, a redirect to a full-size rendition."""
    image = _viewed(request, call)
    found = find_servable(image)
    if isinstance(found, Original):
        response = file_response(found, partial(public_bytes, found, wiring().originals()), request)
        if response is not None:
            return response
        found = find_substitute(image)
    return redirect(Urls.of(request, wiring().settings).rendition(image.id, found.name), cache=BRIEFLY)


def show_details(request: Request, call: Call) -> Response:
    """All details of the image. The position is only for holders of a key."""
    image = get_image(call.image_id, wiring().catalog())
    return json_response(
        details_object(image, Urls.of(request, wiring().settings), call.known_caller), cache=REVALIDATE
    )


def show_thumbnail(request: Request, call: Call) -> Response:
    """A redirect to the rendition with the requested width, or the next larger one."""
    image = _viewed(request, call)
    width = parse_width(call.query)
    return thumbnail_response(image, width, Urls.of(request, wiring().settings), cache=BRIEFLY)


def _viewed(request: Request, call: Call) -> Image:
    """The image. Counts a view of it."""
    image = get_image(call.image_id, wiring().catalog())
    if request.method == "GET":
        wiring().hits().view(image.id)
    return image


fetch_image = endpoint("fetch", show_file, show_details, show_thumbnail)
