"""`GET /list`: the images that match a filter, page by page."""

from flask import Request, Response

from functions.services.browse import browse
from functions.web.endpoint import Call, endpoint
from functions.web.image_json import Urls
from functions.web.listings import page_response, parse_listing
from functions.wiring import wiring


def list_page(request: Request, call: Call) -> Response:
    """One page of images, by default the newest first."""
    listing = parse_listing(call.query)
    page = browse(listing, wiring().catalog())
    return page_response(page, listing, request, Urls.of(request, wiring().settings))


list_images = endpoint("list", list_page)
