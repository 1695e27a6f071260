"""Answers that are no errors."""

import json
from collections.abc import Sequence

from flask import Response

from functions.domain.errors import ImageNotFound, ImageRepoError
from functions.domain.model import Image
from functions.web.image_json import Urls, image_object
from functions.web.problems import problem
from functions.web.queries import DrawQuery

NO_STORE = "no-store"
REVALIDATE = "no-cache"
BRIEFLY = "public, max-age=3600"
"""For what hardly changes, but must not outlive a deletion by long."""

_MULTI_STATUS = 207

Outcome = tuple[dict[str, object], int]
"""A JSON object, and the status that it would have alone."""


def json_response(value: object, status: int = 200, *, cache: str = NO_STORE) -> Response:
    """`value` as JSON."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    return Response(body, status, {"Cache-Control": cache}, content_type="application/json")


def created_response(value: object, location: str) -> Response:
    """201, with what was made and where it is."""
    response = json_response(value, 201)
    response.headers["Location"] = location
    return response


def no_content() -> Response:
    """Done, and nothing to say."""
    return Response(status=204, headers={"Cache-Control": NO_STORE})


def redirect(url: str, *, cache: str) -> Response:
    """302 to `url`."""
    return Response(status=302, headers={"Location": url, "Cache-Control": cache})


def several_response(outcomes: Sequence[Outcome | ImageRepoError]) -> Response:
    """The outcome of each image under `images`; the status that all share, else 207."""
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
    """The outcome of one image; with its location where it has one."""
    if isinstance(outcome, ImageRepoError):
        raise outcome
    value, status = outcome
    response = json_response(value, status)
    if "url" in value:
        response.headers["Location"] = str(value["url"])
    return response


def draw_response(images: Sequence[Image], query: DrawQuery, urls: Urls) -> Response:
    """The drawn images, or the way to a thumbnail of the one; never kept, for the next draw is another.

    Raises:
        ImageNotFound: no image fits the query.
    """
    if query.several:
        return json_response({"images": [image_object(each, urls) for each in images]})
    if not images:
        raise ImageNotFound("There is no image that fits.")
    if query.width is not None:
        return thumbnail_response(images[0], query.width, urls, cache=NO_STORE)
    return json_response(image_object(images[0], urls))


def thumbnail_response(image: Image, width: int, urls: Urls, *, cache: str) -> Response:
    """302 to the thumbnail of that width (pixels) or the next; to the image itself while there is none."""
    found = image.renditions.at_least(width)
    if found is None:
        return redirect(urls.image(image.id), cache=NO_STORE)
    return redirect(urls.rendition(image.id, found.name), cache=cache)
