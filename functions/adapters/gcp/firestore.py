"""What the adapters of Firestore have in common: its errors, and the form of documents.

The names in a map of `Texts` come from an uploader's form, and Firestore accepts neither an empty name nor one between
double underscores. So Firestore stores such a map as JSON.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from google.api_core import exceptions as api
from google.api_core.retry import Retry
from google.auth import exceptions as auth

from functions.adapters.gcp.call import Service
from functions.domain.fields import Texts
from functions.domain.model import DESCRIPTION

ONCE: Final = Retry(predicate=lambda _: False)
"""The SDK's own retries, switched off (for None, a query takes the SDK's default).

A query whose stream breaks is taken up again without end: from the middle with its whole limit once more, and from the
start, where it has a cursor, with a TypeError.
"""

_TRANSIENT: Final = (
    api.Aborted,
    api.Cancelled,
    api.GatewayTimeout,  # DeadlineExceeded is one
    api.InternalServerError,
    api.ResourceExhausted,
    api.ServiceUnavailable,
    api.Unknown,
    auth.TransportError,
)


def _is_transient(error: Exception) -> bool:
    return isinstance(error, _TRANSIENT) or (isinstance(error, auth.GoogleAuthError) and error.retryable)


FIRESTORE: Final = Service(
    name="Firestore",
    failures=(api.GoogleAPIError, auth.GoogleAuthError),
    transient=_is_transient,
    # A channel that could not connect waits up to two minutes before it looks again; a new one looks at once.
    disconnects=(api.ServiceUnavailable, api.GatewayTimeout),
)

_MAPS: Final = tuple(each.name for each in DESCRIPTION if isinstance(each.kind, Texts))


def to_fields(document: Mapping[str, object]) -> dict[str, object]:
    """The fields to write for a document."""
    return {**document, **{name: json.dumps(document[name], ensure_ascii=False) for name in _MAPS}}


def from_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The document out of its fields."""
    return {**fields, **{name: json.loads(fields[name]) for name in _MAPS}}
