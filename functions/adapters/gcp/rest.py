"""Firestore's REST API with a limit on the whole call: what it takes to sign it is included."""

import os
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final, cast

import google.auth
import requests
import urllib3
from google.auth.credentials import Credentials
from google.auth.exceptions import TransportError
from google.auth.transport import Response
from google.auth.transport.requests import Request

_SCOPE: Final = "https://www.googleapis.com/auth/datastore"

Body = Callable[[str], Mapping[str, Any]]


class Connection:
    """Connections to the API, with the credentials of the environment, or to `FIRESTORE_EMULATOR_HOST`.

    The credentials are read on first use.

    Args:
        project: of the databases; None means the environment's default project.
    """

    def __init__(self, project: str | None) -> None:
        self._project = project
        self._http = requests.Session()
        self._lock = Lock()
        self._found: tuple[Credentials, str | None] | None = None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def post(self, database: str, method: str, body: Body, *, timeout: float, unread: bool = False) -> Any:
        """Call a method of a database's documents.

        Args:
            database: its name.
            method: such as `commit`.
            body: makes the body from the name under which the database's documents are.
            timeout: seconds for the whole call. Each wait for the network ends by then.
            unread: return as soon as the API has accepted the call, and do not wait for its results.

        Returns:
            The results; None if they are `unread`.

        Raises:
            requests.RequestException: the API refused the call, or did not answer in time.
            GoogleAuthError: there are no credentials.
        """
        end = time.monotonic() + timeout
        headers, project = self._sign(end)
        root = f"projects/{project}/databases/{database}/documents"
        response = self._http.post(
            f"{_endpoint()}/v1/{root}:{method}",
            json=body(root),
            headers=headers,
            timeout=_rest_until(end),
            allow_redirects=False,
            stream=unread,
        )
        with response:
            response.raise_for_status()
            return None if unread else response.json()

    def _sign(self, end: float) -> tuple[dict[str, str], str | None]:
        if "FIRESTORE_EMULATOR_HOST" in os.environ:
            return {"Authorization": "Bearer owner"}, self._project
        if not self._lock.acquire(timeout=max(0, end - time.monotonic())):
            raise requests.Timeout("Another thread waits for an access token.")
        try:
            credentials, default = self._valid_credentials(_OneAttempt(self._http, end))
        finally:
            self._lock.release()
        headers: dict[str, str] = {}
        credentials.apply(headers)
        return headers, self._project or default

    def _valid_credentials(self, request: "_OneAttempt") -> tuple[Credentials, str | None]:
        """The credentials and their default project, with an access token that has not expired.

        `before_request` would start a thread, and ask the metadata server for more than that, without a limit.
        """
        if self._found is None:
            self._found = google.auth.default(scopes=[_SCOPE], request=request)
        if not self._found[0].valid:
            self._found[0].refresh(request)
        return self._found


class _OneAttempt(Request):
    """Requests for a token. They end in time, and are not repeated: google.auth would repeat them for many seconds."""

    def __init__(self, session: requests.Session, end: float) -> None:
        super().__init__(session)
        self._end = end

    def __del__(self) -> None:
        """Leave the session open: the connection needs it."""

    def __call__(self, url: str, *args: Any, **options: Any) -> Response:
        options["timeout"] = _rest_until(self._end)
        try:
            return cast("Response", super().__call__(url, *args, **options))  # type: ignore[no-untyped-call]
        except TransportError as error:
            raise requests.ConnectionError(f"There is no access token: {error}") from error


def _rest_until(end: float) -> Any:
    """What is left until then: for the connection and the wait for an answer together, unlike a number of seconds."""
    left = end - time.monotonic()
    if left <= 0:
        raise requests.Timeout("The time for the call is over.")
    return cast("Any", urllib3.Timeout(total=left))


def _endpoint() -> str:
    emulator = os.environ.get("FIRESTORE_EMULATOR_HOST")
    return f"http://{emulator}" if emulator else "https://firestore.googleapis.com"
