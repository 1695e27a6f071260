"""What can go wrong with Firestore, and what to do about it."""

from typing import Final

from google.api_core import exceptions as api
from google.api_core.retry import Retry
from google.auth import exceptions as auth

from functions.adapters.gcp.call import Service

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
