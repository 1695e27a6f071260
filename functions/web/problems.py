"""The one place that writes error responses: `application/problem+json`, RFC 9457."""

import json
import logging
import os
from collections.abc import Callable
from typing import TypeVar

from flask import Request, Response

from functions.domain.errors import ImageRepoError
from functions.domain.limits import MAX_REQUEST

T = TypeVar("T")

log = logging.getLogger(__name__)


def problem(error: ImageRepoError) -> dict[str, object]:
    """The problem document of an error."""
    return {
        "type": "about:blank",
        "title": error.status.phrase,
        "status": error.status.value,
        "code": error.code,
        "detail": error.detail,
        **error.context,
    }


def problem_response(error: ImageRepoError, request: Request) -> Response:
    """The answer to a request that failed."""
    body = json.dumps(problem(error)).encode()
    response = Response(body, error.status, content_type="application/problem+json", headers=error.headers)
    response.headers["Cache-Control"] = "no-store"
    if _oversize(request):
        # functions-framework reads the whole body before it sends an answer, unless the answer is a stream.
        response.response = iter((body,))
        response.headers["Content-Length"] = str(len(body))
    return response


def unexpected(error: Exception) -> ImageRepoError:
    """The public face of an error that nobody foresaw; its id finds the traceback in the log."""
    error_id = os.urandom(6).hex()
    log.error("unexpected error %s", error_id, exc_info=error)
    return ImageRepoError(f"{ImageRepoError.detail} If it stays, report this id: {error_id}.", error_id=error_id)


def attempt(act: Callable[[], T]) -> T | ImageRepoError:
    """What `act` returns, or the error that it ended with: one item's failure is not that of its neighbours."""
    try:
        return act()
    except ImageRepoError as error:
        return error


def _oversize(request: Request) -> bool:
    return (request.content_length or 0) > MAX_REQUEST or bool(request.environ.get("wsgi.input_terminated"))
