"""`GET /fetch/ID`, `/details` and `/thumbnail`: an image, what is known of it, a small one of it."""

from functools import partial

from flask import Request, Response

from functions.domain.ids import FULL_SIZE
from functions.domain.model import Image
from functions.services.serve import Original, find_servable, get_image, public_bytes
from functions.web.endpoint import Call, endpoint
from functions.web.files import file_response
from functions.web.image_json import Urls, details_object
from functions.web.queries import parse_width
from functions.web.responses import (
    BRIEFLY,
    REVALIDATE,
    json_response,
    redirect,
    thumbnail_response,
)
from functions.wiring import wiring


@endpoint("fetch")
def fetch_image(request: Request, call: Call) -> Response:
    """Show one image, in one of three ways."""
    image = get_image(call.image_id, wiring().catalog())
    urls = Urls.of(request, wiring().settings)
    if call.operation == "details":
        return json_response(details_object(image, urls, call.known_caller), cache=REVALIDATE)
    if request.method == "GET":
        wiring().hits().view(image.id)
    if call.operation == "thumbnail":
        return thumbnail_response(image, parse_width(request.args), urls, cache=BRIEFLY)
    return _file(image, request, urls)


def _file(image: Image, request: Request, urls: Urls) -> Response:
    found = find_servable(image)
    if not isinstance(found, Original):
        return redirect(urls.rendition(image.id, FULL_SIZE), cache=BRIEFLY)
    return file_response(found, partial(public_bytes, found, wiring().originals()), request)
