"""The client of Cloud Storage, what can go wrong with it, and what to do about it."""

import os
from http import HTTPStatus
from typing import Final

import requests
import urllib3
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage import Client

from functions.adapters.gcp.call import Service
from functions.adapters.gcp.client import SharedClient

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


class TryAgain(Exception):
    """What was found is not of one piece: the object changed between two steps, or bytes were lost on the way."""


def storage_client(endpoint: str | None = None) -> SharedClient[Client]:
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

    return SharedClient(build, Client.close)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, api.GoogleAPICallError):
        return error.code in _TRANSIENT_STATUS
    if isinstance(error, auth.GoogleAuthError):
        return error.retryable or isinstance(error.__cause__, _BROKEN)
    return isinstance(error, (TryAgain, *_BROKEN))


STORAGE: Final = Service(
    name="Cloud Storage",
    failures=(TryAgain, api.GoogleAPIError, auth.GoogleAuthError, requests.RequestException, *_BROKEN),
    transient=_is_transient,
)
