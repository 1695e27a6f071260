"""`GET /random`: images drawn at random."""

from datetime import UTC, datetime
from random import SystemRandom

from flask import Request, Response

from functions.web.endpoint import Call, endpoint
from functions.web.image_json import Urls
from functions.web.queries import DrawQuery
from functions.web.responses import draw_response
from functions.wiring import wiring


def draw_images(request: Request, call: Call) -> Response:
    """One image drawn uniformly from those that match the query, or several different ones; 404 if none matches."""
    query = DrawQuery.parse(call.query)
    parts = wiring()
    images = parts.pool().draw(
        query.where, parts.catalog(), count=query.count, rng=SystemRandom(), now=datetime.now(UTC)
    )
    for each in images:
        call.images.append(each.id)
        parts.hits().view(each.id)
    return draw_response(images, query, Urls.of(request, parts.settings))


random_image = endpoint("random", draw_images)
