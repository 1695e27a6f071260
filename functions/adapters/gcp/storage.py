"""The client of Cloud Storage, and its errors."""

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
    """A read is inconsistent: the object changed between two steps, or bytes were lost on the way."""


def storage_client(endpoint: str | None = None) -> SharedClient[Client]:
    """A client of Cloud Storage with the environment's credentials. It uses the emulator in `STORAGE_EMULATOR_HOST`.

    Args:
        endpoint: the URL of another server, which needs no credentials.
    """

    def build() -> Client:
        # Otherwise the client starts a thread that requests the bucket's location and project number. They are only
        # used for traces, which are not collected here, and cost a permission and a request for each new instance.
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
