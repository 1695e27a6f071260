"""The sentences about an error of a call: what it means, and what to do about it."""

import re
from http import HTTPStatus
from typing import Final

import requests

from image_repo import APIConnectionError, APIError
from tools.deploy.processes import Failure
from tools.smoke.places import Place, origin_of

RIGHTS: Final = {
    "upload": "originals keeper, dropbox depositor, catalog user",
    "fetch": "originals reader, catalog viewer",
    "update": "originals editor, catalog user",
    "delete": "originals eraser, renditions eraser, catalog user",
    "list": "catalog viewer",
    "random": "catalog viewer",
    "stats": "catalog viewer",
    "make-thumbnails": "originals reader, renditions writer, catalog user",
    "forget-image": "originals reader, renditions eraser, catalog user",
    "ingest-drop": "originals keeper, dropbox taker, catalog user",
}
"""The rights of each function's account in infra/grants.tf: bucket or database, and role."""


_CONNECTION: Final = re.compile(r"^<?[\w.]*Connection\b[^>)]*[>)]: ")
"""The connection that urllib3 names before the reason of its failure."""
SILENCE: Final = (APIConnectionError, requests.RequestException)
"""The errors of a request that gets no answer."""


def of_error(place: Place, function: str, error: Exception) -> str:
    """The sentences about an error of a call of that function."""
    if isinstance(error, APIError):
        return of_status(place, function, error.status, error.code, error.detail)
    if isinstance(error, SILENCE):
        return nothing_answers(place, error)
    if isinstance(error, Failure):
        return f"{error} Your own account does this step: see the roles in docs/deploy.md, Without the Owner role."
    return str(error)


def of_status(place: Place, function: str, status: int, code: str, detail: str) -> str:
    """The sentences about an answer that is an error."""
    answer = f"`{function}` answers {status}{f' ({code})' if code else ''}: {detail}"
    if status == HTTPStatus.UNAUTHORIZED:
        return f"{answer} {_wrong_key(place)}"
    if status == HTTPStatus.FORBIDDEN:
        return f"{answer} {_no_right(place) if code else _not_invokable(place, function)}"
    if status == HTTPStatus.NOT_FOUND and not code:
        return f"{answer} There is no such function. Check the address, and run: make deploy{_project(place)}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"{answer} {lacks_rights(place, function)}"
    return answer


def nothing_answers(place: Place, error: APIConnectionError | requests.RequestException) -> str:
    """The service is down, or a server to which it leads, such as that of the thumbnails."""
    asked = origin_of(str(error.request.url)) if error.request is not None else origin_of(place.api)
    if asked != origin_of(place.api):
        return (
            f"Nothing answers at {asked} ({_reason(error)}), which is in an address that {place.api} has given. "
            "Check that this machine can reach it, and the settings BASE_URL and RENDITIONS_URL of the service."
        )
    if place.local:
        return (
            f"Nothing answers at {place.api} ({_reason(error)}). Start the service with `make run`, or name another "
            "one: make smoke API=…"
        )
    domain = (
        " With a new domain, wait until its certificate is ready, about an hour after its A record." * place.one_host
    )
    return f"Nothing answers at {place.api} ({_reason(error)}). Check the address with `make url`.{domain}"


def lacks_rights(place: Place, function: str) -> str:
    """What a function that fails probably lacks."""
    if place.local:
        return "The output of `make run` has the reason."
    return f"`make logs FUNCTION={function}` has the reason. {_rights(function)}"


def _wrong_key(place: Place) -> str:
    if place.project:
        return (
            "The functions read the list of keys once a minute. Their accounts need roles/secretmanager.secretAccessor "
            "on it (infra/grants.tf); `make logs FUNCTION=upload` has the reason if they cannot read it."
        )
    return f"Give a valid key: make smoke API={place.api} KEY=… ({_where_keys_are(place)})."


def _no_right(place: Place) -> str:
    if place.project:
        return "The key of this run is that of an admin, who may do this. Please report this."
    return f"Use the key of an admin: make smoke API={place.api} KEY=… ({_where_keys_are(place)})."


def _where_keys_are(place: Place) -> str:
    return "`make run` prints one" if place.local else "`make keys` lists the names and roles of all keys"


def _not_invokable(place: Place, function: str) -> str:
    return (
        f"Google refuses it before `{function}` is called: allUsers lacks roles/run.invoker on it, or an organization "
        f"policy forbids public functions (docs/deploy.md). Restore it: make deploy{_project(place)}"
    )


def _rights(function: str) -> str:
    if function not in RIGHTS:
        return ""
    return f"Its account needs these rights (infra/grants.tf): {RIGHTS[function]}. Restore them with `make deploy`."


def _project(place: Place) -> str:
    return f" PROJECT={place.project}" if place.project else ""


def _reason(error: BaseException) -> str:
    """The innermost reason of an error, in one line: those around it have addresses of objects in memory."""
    while error.args and isinstance(error.args[-1], BaseException):
        error = error.args[-1]
    error = getattr(error, "reason", error)
    lines = str(error).splitlines() or [type(error).__name__]
    return _CONNECTION.sub("", lines[0]).rstrip(".")
