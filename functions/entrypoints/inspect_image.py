"""`POST /inspect`: the properties of an image, which is not stored."""

import hashlib
from functools import partial

from flask import Request, Response

from functions.domain.limits import HTTP_LIMITS
from functions.imaging.examine import examine
from functions.web.endpoint import Call, endpoint
from functions.web.image_json import facts_object
from functions.web.problems import attempt
from functions.web.responses import Outcome, several_response, single_response
from functions.web.upload_request import Item, parse_upload_request


def describe_images(request: Request, call: Call) -> Response:  # noqa: ARG001 - the same for every key
    """The size, format, EXIF data and future id of each image in the request."""
    upload = parse_upload_request(request)
    outcomes = [attempt(partial(_inspect, each)) for each in upload.items]
    return several_response(outcomes) if upload.several else single_response(outcomes[0])


def _inspect(item: Item) -> Outcome:
    data = item.data()
    return facts_object(examine(data, HTTP_LIMITS, sha256=hashlib.sha256(data).hexdigest())), 200


inspect_image = endpoint("inspect", describe_images)
