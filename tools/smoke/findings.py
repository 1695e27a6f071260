"""The sentences about what a step finds by itself: missing events, indexes, signatures and CORS headers."""

from collections.abc import Sequence
from http import HTTPStatus

from tools.deploy.processes import Failure
from tools.smoke.causes import lacks_rights
from tools.smoke.outcomes import Skipped
from tools.smoke.places import Place


def no_event(place: Place, event: str, bucket: str, function: str, about: str) -> str:
    """An event has had no effect in time.

    Args:
        place: where the service runs.
        event: `finalized` or `deleted`.
        bucket: the role of its bucket.
        function: the function that the event calls.
        about: a text that the function's log has if the event arrived.
    """
    late = f"The event `object.v1.{event}` of the bucket `{bucket}` has had no effect in {place.patience:g} seconds"
    if place.local:
        return f"{late}: `{function}` was not called, or it failed. The output of `make run` has the reason."
    called = f"`{function}` was not called"
    try:
        line = place.log(function, about)
    except (Failure, Skipped):
        line, called = None, f"{called}, or it failed"
    if line is not None:
        return f"{late}, although `{function}` was called: {line}. {lacks_rights(place, function)}"
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


def page_not_allowed(place: Place, origins: Sequence[str]) -> str:
    """The API of a deployment does not allow its own page."""
    return (
        f"The API allows no page of {' or '.join(origins)}: its setting CORS_ORIGINS is another one than that of the "
        f"deployment (infra/names.tf). Restore it: make deploy PROJECT={place.project}"
    )


def other_origins(place: Place) -> str:
    """Why the preflight cannot be tried; the part of a sentence after "because"."""
    return (
        f"the service allows pages of other origins than {' and '.join(place.origins)} (its setting CORS_ORIGINS). "
        f"Name one that it allows: make smoke API={place.api} CORS=https://blog.example.com"
    )


def cors_lost_in_cache(url: str) -> str:
    """A shared cache answers with what it got for a request without an origin."""
    return (
        f"A shared cache answers {url} without Access-Control-Allow-Origin, because the first request for it had no "
        "Origin; another URL of the same object has the header. The CDN has to keep both apart, or to add the header "
        "itself (infra/front.tf). Please report this."
    )
