"""Requests to Google Cloud: through gcloud, or directly where gcloud has no command."""

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from tools.deploy.processes import Failure, run

_QUIET: Final = {"CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
_MISSING: Final = re.compile(r"NOT_FOUND|not found|matched no objects|HTTPError 404|\b404\b")
_PATIENCE: Final = 8.0
"""The time limit of one direct request, in seconds."""


class NotThere(Failure):
    """The resource does not exist."""


class InvalidRequest(Failure):
    """Google does not accept the request itself: HTTP status 400."""


class InvalidAnswer(Failure):
    """The answer is not JSON."""


class SwitchedOff(Failure):
    """The project has not enabled the API, so it has no resource of that kind."""


_KINDS: Final[Mapping[int, type[Failure]]] = {HTTPStatus.NOT_FOUND: NotThere, HTTPStatus.BAD_REQUEST: InvalidRequest}


def gcloud(*arguments: str, text: str | None = None, seconds: float = 60) -> str:
    """The output of a gcloud command.

    Raises:
        NotThere: gcloud reports that the resource does not exist.
        Failure: gcloud fails for another reason; the message has the first sentence of its error.
    """
    ended = run("gcloud", *arguments, text=text, env=_QUIET, seconds=seconds)
    if ended.status == 0:
        return ended.output.strip()
    kind = NotThere if _MISSING.search(ended.error) else Failure
    raise kind(f"gcloud {' '.join(arguments[:3])} failed: {_sentence(ended.error)}")


@cache
def access_token() -> str:
    """An access token of gcloud's active account. It expires within an hour: call `cache_clear` after long work.

    Raises:
        Failure: gcloud has no active account, or its login has expired.
    """
    ended = run("gcloud", "auth", "print-access-token", env=_QUIET, seconds=20)
    if ended.status or not ended.output.strip():
        raise Failure(f"gcloud is not logged in ({_sentence(ended.error)}). Run: gcloud auth login")
    return ended.output.strip()


def account() -> str:
    """The e-mail address of gcloud's active account; empty if gcloud uses an access token from a file."""
    return gcloud("auth", "list", "--filter=status:ACTIVE", "--format=value(account)")


def reach() -> None:
    """Return if Google Cloud answers, with any status.

    Raises:
        Failure: it does not answer. gcloud would try for half a minute before it reported that.
    """
    try:
        with urllib.request.urlopen(_endpoint("cloudresourcemanager"), timeout=_PATIENCE):  # noqa: S310 - a constant
            return
    except urllib.error.HTTPError:
        return
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise Failure(
            f"Google Cloud cannot be reached ({reason}). Check the network, and HTTPS_PROXY if you use one."
        ) from None


def ask(service: str, path: str, token: str, body: Any = None, *, charged: str | None = None) -> Any:
    """The JSON answer of one of Google's APIs; the request is a POST if it has a body, else a GET.

    Args:
        service: the first part of the API's host name.
        path: the path and the query of the URL.
        token: an access token.
        body: what to send as JSON.
        charged: the project whose quota the request counts against, for an API that would use gcloud's own project.

    Raises:
        NotThere: 404.
        InvalidRequest: 400.
        InvalidAnswer: the answer is not JSON.
        SwitchedOff: the charged project has not enabled the API.
        Failure: any other refusal, with Google's message.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(  # noqa: S310 - a constant
        _endpoint(service) + path,
        None if body is None else json.dumps(body).encode(),
        headers | ({"X-Goog-User-Project": charged} if charged else {}),
    )
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as response:  # noqa: S310
            return json.load(response)
    except urllib.error.HTTPError as error:
        answer = error.read()
        kind = SwitchedOff if b"SERVICE_DISABLED" in answer else _KINDS.get(error.code, Failure)
        raise kind(f"{service}.googleapis.com refuses: {_message(answer)}") from None
    except OSError as error:
        raise Failure(f"{service}.googleapis.com does not answer ({error}). Try again.") from None
    except ValueError:
        raise InvalidAnswer(
            f"{service}.googleapis.com does not answer with JSON. A proxy or a login page may answer in its place. "
            "Check the network, and try again."
        ) from None


def _endpoint(service: str) -> str:
    """The URL of the API, with a final slash; gcloud's variable for another endpoint applies here too."""
    override = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service.upper()}")
    return override or f"https://{service}.googleapis.com/"


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return body.decode(errors="replace")[:200]


def _sentence(error: str) -> str:
    """The first sentence of gcloud's error message, without the prefix."""
    lines = [each.strip() for each in error.splitlines() if each.strip() and not each.startswith("WARNING")]
    first = next((each for each in lines if each.startswith("ERROR")), lines[-1] if lines else "no reason given")
    return re.sub(r"^ERROR: (\(gcloud[\w.-]*\) )?", "", first)[:300].rstrip(".")
