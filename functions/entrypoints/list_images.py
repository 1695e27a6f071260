"""`GET /list`: the images that fit, page by page."""

from flask import Request, Response

from functions.services.browse import browse
from functions.web.endpoint import Call, endpoint
from functions.web.present import Urls
from functions.web.queries import parse_listing
from functions.web.responses import page_response
from functions.wiring import wiring


@endpoint("list")
def list_images(request: Request, call: Call) -> Response:  # noqa: ARG001 - the same for everybody
    """One page of images, newest first unless asked otherwise."""
    listing = parse_listing(request.args)
    page = browse(listing, wiring().catalog())
    return page_response(page, listing, request, Urls.of(request, wiring().settings))
