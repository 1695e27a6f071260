"""What a failure means, and what to do about it, in plain sentences."""

from http import HTTPStatus
from typing import Final

import requests

from image_repo import APIConnectionError, APIError
from tools.deploy.processes import Failure
from tools.smoke.places import Place

RIGHTS: Final = {
    "upload": "originals writer, dropbox depositor, catalog user",
    "fetch": "originals reader, catalog viewer",
    "update": "originals editor, catalog user",
    "delete": "originals eraser, renditions eraser, catalog user",
    "list": "catalog viewer",
    "random": "catalog viewer",
    "stats": "catalog viewer",
    "make-thumbnails": "originals reader, renditions writer, catalog user",
    "forget-image": "originals reader, renditions eraser, catalog user",
    "ingest-drop": "originals writer, dropbox taker, catalog user",
}
"""The rights of each function's account in infra/grants.tf: bucket or database, and role."""


def of_error(place: Place, function: str, error: Exception) -> str:
    """The sentences about an error of a call of that function."""
    if isinstance(error, APIError):
        return of_status(place, function, error.status, error.code, error.detail)
    if isinstance(error, APIConnectionError | requests.RequestException):
        return nothing_answers(place, error)
    if isinstance(error, Failure):
        return f"{error} Your own account does this step: see the roles in docs/deploy.md, Without the Owner role."
    return str(error)


def of_status(place: Place, function: str, status: int, code: str, detail: str) -> str:
    """The sentences about an answer that is an error."""
    answer = f"`{function}` answers {status}{f' ({code})' if code else ''}: {detail}"
    if status == HTTPStatus.UNAUTHORIZED:
        return f"{answer} {_wrong_key(place)}"
    if status == HTTPStatus.FORBIDDEN and not code:
        return f"{answer} {_not_invokable(place, function)}"
    if status == HTTPStatus.NOT_FOUND and not code:
        return f"{answer} There is no such function. Check the address, and run: make deploy{_project(place)}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"{answer} {_lacks_rights(place, function)}"
    return answer


def nothing_answers(place: Place, error: Exception) -> str:
    """The service is down."""
    if place.local:
        return (
            f"Nothing answers at {place.api}. Start the service with `make run`, or name another one: make smoke API=…"
        )
    domain = (
        " With a new domain, wait until its certificate is ready, about an hour after its A record." * place.one_host
    )
    return f"Nothing answers at {place.api} ({_first_line(error)}). Check the address with `make url`.{domain}"


def no_event(place: Place, event: str, bucket: str, function: str, about: str) -> str:
    """What an event has to do is not done in time.

    Args:
        place: where the service runs.
        event: `finalized` or `deleted`.
        bucket: the role of its bucket.
        function: that the event calls.
        about: a text that is in the function's log if the event came.
    """
    late = f"The event `object.v1.{event}` of the bucket `{bucket}` has had no effect in {place.patience:g} seconds"
    if place.local:
        return f"{late}: `{function}` was not called, or it failed. The output of `make run` has the reason."
    line = place.log(function, about)
    if line is not None:
        return f"{late}, although `{function}` was called: {line}. {_lacks_rights(place, function)}"
    called = f"`{function}` was not called" if place.project else f"`{function}` was not called, or it failed"
    triggers = f"gcloud eventarc triggers list --location=-{f' --project={place.project}' if place.project else ''}"
    return (
        f"{late}: {called}. The trigger of `{function}` is missing or not ready ({triggers}; a new one takes minutes), "
        "or a grant is: Cloud Storage's agent needs roles/pubsub.publisher, the account of the events "
        f"roles/eventarc.eventReceiver, and roles/run.invoker on `{function}`. Restore them with `make deploy`."
    )


def no_index(place: Place, function: str, filters: str) -> str:
    """A query with those filters fails where one without them works."""
    if place.local:
        return f"`{function}` fails with {filters}, and works without. The output of `make run` has the reason."
    state = f"gcloud firestore indexes composite list{f' --project={place.project}' if place.project else ''}"
    return (
        f"`{function}` fails with {filters}, and works without: an index of Firestore is missing or still being built "
        f"(infra/indexes.json). `{state}` shows its state. Wait until it is READY, or run `make deploy`."
    )


def no_signature(place: Place, detail: str) -> str:
    """The function cannot sign an upload."""
    if place.local:
        return f"`upload` cannot sign uploads: {detail} The output of `make run` has the reason."
    return (
        f"`upload` cannot sign uploads: {detail} Its account needs the role `signer` on itself "
        "(iam.serviceAccounts.signBlob, infra/grants.tf), and the API iamcredentials.googleapis.com. "
        "`make logs FUNCTION=upload` has the reason; `make deploy` restores both."
    )


def signed_upload_refused(place: Place, status: int, text: str) -> str:
    """The storage refuses a signed PUT."""
    if status == HTTPStatus.FORBIDDEN and not place.local:
        return (
            f"Cloud Storage refuses the signed PUT with 403: {text} The account of `upload` signs it, and needs the "
            "role `depositor` on the bucket `dropbox` (infra/grants.tf). Restore it with `make deploy`."
        )
    return f"The storage refuses the signed PUT with {status}: {text}"


def no_cors(place: Place, bucket: str, origin: str) -> str:
    """A bucket's answer does not allow a page to read it."""
    answer = f"The answer for the origin {origin} has no Access-Control-Allow-Origin"
    if place.local:
        return f"{answer}. The server at {place.api} is not one that `make run` of this release starts."
    return f"{answer}: the bucket `{bucket}` has no CORS rule for it (infra/buckets.tf). Restore it with `make deploy`."


def cors_lost_in_cache(url: str) -> str:
    """A shared cache answers with what it got for a request without an origin."""
    return (
        f"A shared cache answers {url} without Access-Control-Allow-Origin, because the first request for it had no "
        "Origin; another URL of the same object has the header. The CDN has to keep both apart, or to add the header "
        "itself (infra/front.tf). Please report this."
    )


def _wrong_key(place: Place) -> str:
    if place.project:
        return (
            "The functions read the list of keys once a minute. Their accounts need roles/secretmanager.secretAccessor "
            "on it (infra/grants.tf); `make logs FUNCTION=upload` has the reason if they cannot read it."
        )
    where = "`make run` prints it" if place.local else "`make keys` lists the names of all keys"
    return f"Give a valid key: make smoke API={place.api} KEY=… ({where})."


def _not_invokable(place: Place, function: str) -> str:
    return (
        f"Google refuses it before `{function}` is called: allUsers lacks roles/run.invoker on it, or an organization "
        f"policy forbids public functions (docs/deploy.md). Restore it: make deploy{_project(place)}"
    )


def _lacks_rights(place: Place, function: str) -> str:
    if place.local:
        return "The output of `make run` has the reason."
    return f"`make logs FUNCTION={function}` has the reason. {_rights(function)}"


def _rights(function: str) -> str:
    if function not in RIGHTS:
        return ""
    return f"Its account needs these rights (infra/grants.tf): {RIGHTS[function]}. Restore them with `make deploy`."


def _project(place: Place) -> str:
    return f" PROJECT={place.project}" if place.project else ""


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
