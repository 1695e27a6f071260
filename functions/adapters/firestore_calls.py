"""How the catalog calls Firestore: by one client, with patience, and with the SDK's errors translated."""

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from google.api_core import exceptions as api
from google.api_core.retry import Retry
from google.auth import exceptions as auth
from google.cloud.firestore import Client

from functions.adapters.patience import PATIENCE, Attempt, Patience, persist
from functions.adapters.shared import Shared
from functions.domain.errors import Unavailable

log = logging.getLogger(__name__)

Result = TypeVar("Result")

ONCE: Final = Retry(predicate=lambda _: False)
"""The SDK's own retries, switched off (for None, a query takes the SDK's default).

They have no end when a query's stream breaks, and a stream that breaks before its first document starts over without
its cursor.
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
_UNREACHABLE: Final = (api.ServiceUnavailable, api.GatewayTimeout)
"""After these a new channel is opened: one that could not connect waits up to two minutes before it looks again."""


class FirestoreCalls:
    """Calls with one client, which is built on first use and built anew after an outage."""

    def __init__(self, client: Shared[Client], patience: Patience = PATIENCE) -> None:
        self._client = client
        self._patience = patience

    def __call__(self, act: Callable[[Client, Attempt], Result]) -> Result:
        """What `act` returns.

        Raises:
            Unavailable: Firestore, or what it takes to reach it, failed until patience ended, or refused the call.
        """
        try:
            return persist(lambda attempt: self._try(act, attempt), _is_transient, self._patience)
        except (api.GoogleAPIError, auth.GoogleAuthError) as error:
            log.exception("Firestore does not do what it is asked.")
            if isinstance(error, _UNREACHABLE):
                self.close()
            raise Unavailable from error

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        self._client.close()

    def _try(self, act: Callable[[Client, Attempt], Result], attempt: Attempt) -> Result:
        with self._client.use() as client:
            return act(client, attempt)


def _is_transient(error: Exception) -> bool:
    return isinstance(error, _TRANSIENT) or (isinstance(error, auth.GoogleAuthError) and error.retryable)
