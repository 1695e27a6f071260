"""The code that all adapters of Firestore use: its errors, and the form of its documents.

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
"""Switches the SDK's own retries off. (With None, a query would use the SDK's default.)

The SDK would retry a query whose stream breaks without end. It would continue with the whole limit again, and if the
query has a cursor and nothing was received, it would raise a TypeError.
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
    # A channel that could not connect waits up to two minutes before it tries again. A new channel tries at once.
    disconnects=(api.ServiceUnavailable, api.GatewayTimeout),
)

_MAPS: Final = tuple(each.name for each in DESCRIPTION if isinstance(each.kind, Texts))


def to_fields(document: Mapping[str, object]) -> dict[str, object]:
    """The fields to write for a document."""
    return {**document, **{name: json.dumps(document[name], ensure_ascii=False) for name in _MAPS}}


def from_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The document from its fields."""
    return {**fields, **{name: json.loads(fields[name]) for name in _MAPS}}
