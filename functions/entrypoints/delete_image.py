"""`DELETE /delete/ID`: delete an image."""

from flask import Request, Response

from functions.services.forget import delete_image as delete
from functions.web.conditions import parse_if_match
from functions.web.endpoint import Call, endpoint
from functions.web.queries import parse_purge
from functions.web.responses import no_content
from functions.wiring import wiring


def remove_image(request: Request, call: Call) -> Response:
    """Delete the image, its thumbnails and its entry; 204. With `purge=1`, the storage keeps nothing of it."""
    purge = parse_purge(call.query)
    parts = wiring()
    delete(
        call.image_id,
        call.caller,
        parts.catalog(),
        parts.originals(),
        parts.renditions(),
        condition=parse_if_match(request),
        purge=purge,
    )
    parts.pool().discard(call.image_id)
    return no_content()


delete_image = endpoint("delete", remove_image)
