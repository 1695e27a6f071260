"""Google Cloud, asked through gcloud, or directly where gcloud has no command for it."""

import json
import os
import re
import urllib.error
import urllib.request
from functools import cache
from typing import Any, Final

from tools.deploy.processes import Failure, run

_QUIET: Final = {"CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
_MISSING: Final = re.compile(r"NOT_FOUND|not found|matched no objects|HTTPError 404|\b404\b")
_PATIENCE: Final = 8.0
"""Seconds for one request of our own."""


class NotThere(Failure):
    """What was asked for does not exist."""


class SwitchedOff(Failure):
    """The project has not enabled that API, so that it has nothing of the kind."""


def gcloud(*arguments: str, text: str | None = None, seconds: float = 60) -> str:
    """What gcloud prints.

    Raises:
        NotThere: it says that the thing does not exist.
        Failure: it fails otherwise; the message is its own first sentence.
    """
    ended = run("gcloud", *arguments, text=text, env=_QUIET, seconds=seconds)
    if ended.status == 0:
        return ended.output.strip()
    kind = NotThere if _MISSING.search(ended.error) else Failure
    raise kind(f"gcloud {' '.join(arguments[:3])} failed: {_sentence(ended.error)}")


@cache
def access_token() -> str:
    """A token of whoever is logged in to gcloud, good for an hour at most; `cache_clear` after what may take longer.

    Raises:
        Failure: nobody is, or the login has ended.
    """
    ended = run("gcloud", "auth", "print-access-token", env=_QUIET, seconds=20)
    if ended.status or not ended.output.strip():
        raise Failure(f"gcloud is not logged in ({_sentence(ended.error)}). Run: gcloud auth login")
    return ended.output.strip()


def reach() -> None:
    """Return when Google Cloud answers at all, whatever it says.

    Raises:
        Failure: it does not. gcloud itself would try for half a minute before it said so.
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
    """The JSON answer of one of Google's APIs; a POST when there is a body.

    Args:
        service: the first part of the API's host name.
        path: the rest of the URL.
        token: of whoever asks.
        body: what to send.
        charged: the project whose quota the request counts against, for an API that takes gcloud's own for it.

    Raises:
        NotThere: 404.
        SwitchedOff: the project that is charged has not enabled the API.
        Failure: any other refusal, in Google's words.
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
        said = error.read()
        kind = NotThere if error.code == 404 else SwitchedOff if b"SERVICE_DISABLED" in said else Failure  # noqa: PLR2004
        raise kind(f"{service}.googleapis.com refuses: {_message(said)}") from None
    except OSError as error:
        raise Failure(f"{service}.googleapis.com does not answer ({error}). Try again.") from None


def _endpoint(service: str) -> str:
    """The API's URL, with a final slash; gcloud's own variable for another one is honoured."""
    override = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service.upper()}")
    return override or f"https://{service}.googleapis.com/"


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return body.decode(errors="replace")[:200]


def _sentence(error: str) -> str:
    """The message without its frame, on one line."""
    lines = [each.strip() for each in error.splitlines() if each.strip() and not each.startswith("WARNING")]
    first = next((each for each in lines if each.startswith("ERROR")), lines[-1] if lines else "no reason given")
    return re.sub(r"^ERROR: (\(gcloud[\w.-]*\) )?", "", first)[:300].rstrip(".")
