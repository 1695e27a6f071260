"""Error responses: `application/problem+json`, RFC 9457. They are made only here."""

import json
import logging
import os
from collections.abc import Callable
from typing import TypeVar

from flask import Response

from functions.domain.errors import ImageRepoError

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


def problem_response(error: ImageRepoError) -> Response:
    """The response to a request that failed."""
    body = json.dumps(problem(error)).encode()
    response = Response(body, error.status, content_type="application/problem+json", headers=error.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def unexpected(error: Exception) -> ImageRepoError:
    """The public form of an unexpected error. Its id leads to the traceback in the log."""
    error_id = os.urandom(6).hex()
    log.error("unexpected error %s", error_id, exc_info=error)
    return ImageRepoError(f"{ImageRepoError.detail} If it fails again, report this id: {error_id}.", error_id=error_id)


def attempt(act: Callable[[], T]) -> T | ImageRepoError:
    """What `act` returns, or the error that it raises: a request with several items continues after a failure.

    That includes an unexpected error, which is logged. Without the outcomes of the other items, a client would not know
    which images are stored.
    """
    try:
        return act()
    except ImageRepoError as error:
        return error.with_traceback(None)  # its frames would keep the texts and bytes of every item in memory
    except Exception as error:  # noqa: BLE001 - as in `endpoint`, every error needs a response
        return unexpected(error)
