"""`POST /upload`: one image or several into the repository."""

from datetime import UTC, datetime
from functools import partial

from flask import Request, Response

from functions.domain.limits import HTTP_LIMITS
from functions.services.store import Upload, store_image
from functions.web.endpoint import Call, endpoint
from functions.web.present import Urls, image_object
from functions.web.problems import attempt
from functions.web.responses import Outcome, several_response, single_response
from functions.web.submissions import Item, parse_submission
from functions.wiring import wiring


@endpoint("upload")
def upload_image(request: Request, call: Call) -> Response:
    """Take the images of a request: 201 for a new one, 200 for a duplicate, each its own among several."""
    submission = parse_submission(request)
    urls = Urls.of(request, wiring().settings)
    outcomes = [attempt(partial(_store, each, call.caller.name, urls)) for each in submission.items]
    return several_response(outcomes) if submission.several else single_response(outcomes[0])


def _store(item: Item, uploader: str, urls: Urls) -> Outcome:
    upload = Upload(item.data(), item.description(), uploader)
    parts = wiring()
    stored = store_image(upload, parts.catalog(), parts.originals(), limits=HTTP_LIMITS, now=datetime.now(UTC))
    return {**image_object(stored.image, urls), "duplicate": stored.duplicate}, 200 if stored.duplicate else 201
