"""How buckets call Cloud Storage: by one client, with patience, and with the SDK's errors translated."""

import logging
import os
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeVar

import requests
import urllib3
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage import Client

from functions.adapters.patience import PATIENCE, Attempt, Patience, persist
from functions.adapters.shared import Shared
from functions.domain.errors import Unavailable

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_TRANSIENT_STATUS: Final = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_BROKEN: Final = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
    ConnectionError,
)
_FAILURES: Final = (api.GoogleAPIError, auth.GoogleAuthError, requests.RequestException, *_BROKEN)


class TryAgain(Exception):
    """What was found is not of one piece: the object changed between two steps, or bytes were lost on the way."""


def storage_client(endpoint: str | None = None) -> Shared[Client]:
    """A client of Cloud Storage with the environment's credentials; `STORAGE_EMULATOR_HOST` is honoured.

    Args:
        endpoint: URL of a stand-in that wants no credentials.
    """

    def build() -> Client:
        # Else the client asks, in a thread of its own, for the bucket's place and project number, to decorate traces
        # that nobody collects; it would need one more permission and one more request for each new instance.
        os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        if endpoint is None:
            return Client(project=None)
        return Client(project=None, client_options={"api_endpoint": endpoint}, use_auth_w_custom_endpoint=False)

    return Shared(build, Client.close)


class GcsCalls:
    """Calls with one client, which is built on first use."""

    def __init__(self, client: Shared[Client], patience: Patience = PATIENCE) -> None:
        self._client = client
        self._patience = patience

    def __call__(self, act: Callable[[Client, Attempt], Result]) -> Result:
        """What `act` returns.

        Raises:
            Unavailable: Cloud Storage, or what it takes to reach it, failed until patience ended, or refused the call.
        """
        try:
            return persist(lambda attempt: self._try(act, attempt), _is_transient, self._patience)
        except (TryAgain, *_FAILURES) as error:
            log.exception("Cloud Storage does not do what it is asked.")
            raise Unavailable from error

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        self._client.close()

    def _try(self, act: Callable[[Client, Attempt], Result], attempt: Attempt) -> Result:
        with self._client.use() as client:
            return act(client, attempt)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, api.GoogleAPICallError):
        return error.code in _TRANSIENT_STATUS
    if isinstance(error, auth.GoogleAuthError):
        return error.retryable or isinstance(error.__cause__, _BROKEN)
    return isinstance(error, (TryAgain, *_BROKEN))
