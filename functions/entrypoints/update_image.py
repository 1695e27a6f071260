"""`PATCH /update/ID`: change the description of an image."""

from functools import partial

from flask import Request, Response

from functions.domain.description_parser import patch_description
from functions.services.update import update_image as apply_update
from functions.web.conditions import parse_if_match
from functions.web.endpoint import Call, endpoint
from functions.web.image_json import Urls, image_object
from functions.web.json_body import parse_object
from functions.web.responses import json_response
from functions.wiring import wiring


def change_image(request: Request, call: Call) -> Response:
    """Change caption, tags, album, file name or date. A missing field stays unchanged; null removes a value."""
    patch = partial(patch_description, parse_object(request))
    parts = wiring()
    condition = parse_if_match(request)
    image = apply_update(call.image_id, patch, call.caller, parts.catalog(), parts.originals(), condition=condition)
    return json_response(image_object(image, Urls.of(request, parts.settings)))


update_image = endpoint("update", change_image)
