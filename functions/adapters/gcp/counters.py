"""Counters on Firestore: a document for each name, through Firestore's REST API.

The SDK cannot be used: the last counts are written when the process ends. Then Python starts no more threads, which the
SDK needs to sign a call. Without the SDK, functions that use Firestore only for counting also start faster.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import google.auth
import requests
from google.auth import exceptions as auth
from google.auth.transport.requests import AuthorizedSession

from functions.adapters.gcp.call import Service, ServiceCall
from functions.adapters.gcp.client import SharedClient
from functions.adapters.gcp.retry import Attempt, RetryPolicy
from functions.domain.ports import Tally

BRIEF: Final = RetryPolicy(call=5.0, attempt=4.0)
"""The platform gives a process 10 seconds to end."""

_FIELD: Final = "count"
_BATCH: Final = 400
"""Documents in one commit. Firestore's limit is 500."""
_SCOPE: Final = "https://www.googleapis.com/auth/datastore"
_TRANSIENT_STATUS: Final = {408, 409, 429, 500, 502, 503, 504}


def counters_session() -> SharedClient[requests.Session]:
    """Connections to Firestore's REST API with the environment's credentials, or to `FIRESTORE_EMULATOR_HOST`."""
    return SharedClient(_session, requests.Session.close)


def _session() -> requests.Session:
    if "FIRESTORE_EMULATOR_HOST" in os.environ:
        session = requests.Session()
        session.headers["Authorization"] = "Bearer owner"
        return session
    credentials, _ = google.auth.default(scopes=[_SCOPE])
    return AuthorizedSession(credentials)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, requests.HTTPError):
        return error.response is not None and error.response.status_code in _TRANSIENT_STATUS
    return isinstance(error, requests.RequestException) or (isinstance(error, auth.GoogleAuthError) and error.retryable)


_SERVICE: Final = Service(
    name="Firestore (counters)",
    failures=(requests.RequestException, auth.GoogleAuthError),
    transient=_is_transient,
)


class FirestoreCounters:
    """`Counters` in two collections, `views` and `calls`, of a database.

    Args:
        session: connections, shared by all threads.
        project: the project of the database; None means the environment's default project.
        database: the database's name.
        prefix: the first part of the collections' names.
        policy: how often failed calls are repeated.
    """

    def __init__(
        self,
        session: SharedClient[requests.Session],
        project: str | None,
        database: str,
        *,
        prefix: str = "",
        policy: RetryPolicy = BRIEF,
    ) -> None:
        self._call = ServiceCall(session, _SERVICE, policy)
        self._project = project
        self._database = database
        self._prefix = prefix

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._call.close()

    def add(self, tally: Tally, counts: Mapping[str, int]) -> None:
        self._commit(
            {
                "transform": {
                    "document": self._document(tally, name),
                    "fieldTransforms": [{"fieldPath": _FIELD, "increment": {"integerValue": str(count)}}],
                }
            }
            for name, count in counts.items()
        )

    def top(self, tally: Tally, limit: int) -> Sequence[tuple[str, int]]:
        order = [{"field": {"fieldPath": _FIELD}, "direction": "DESCENDING"}]
        query = {"from": [self._collection(tally)], "orderBy": order, "limit": limit}
        found = (each["document"] for each in self._post("runQuery", {"structuredQuery": query}) if "document" in each)
        return [(each["name"].rpartition("/")[2], int(each["fields"][_FIELD]["integerValue"])) for each in found]

    def total(self, tally: Tally) -> int:
        query = {
            "structuredQuery": {"from": [self._collection(tally)]},
            "aggregations": [{"alias": "total", "sum": {"field": {"fieldPath": _FIELD}}}],
        }
        (answer,) = self._post("runAggregationQuery", {"structuredAggregationQuery": query})
        return int(answer["result"]["aggregateFields"]["total"]["integerValue"])

    def forget(self, tally: Tally, names: Collection[str]) -> None:
        self._commit({"delete": self._document(tally, name)} for name in names)

    def _commit(self, writes: Iterator[dict[str, Any]]) -> None:
        while some := list(islice(writes, _BATCH)):
            self._post("commit", {"writes": some})

    def _post(self, method: str, body: Mapping[str, Any]) -> Any:
        def act(session: requests.Session, attempt: Attempt) -> Any:
            url = f"{_endpoint()}/v1/{self._root()}:{method}"
            response = session.post(url, json=body, timeout=attempt.timeout)
            response.raise_for_status()
            return response.json()

        return self._call(act)

    def _collection(self, tally: Tally) -> dict[str, str]:
        return {"collectionId": f"{self._prefix}{tally}"}

    def _document(self, tally: Tally, name: str) -> str:
        return f"{self._root()}/{self._prefix}{tally}/{name}"

    def _root(self) -> str:
        if self._project is None:
            self._project = google.auth.default(scopes=[_SCOPE])[1]
        return f"projects/{self._project}/databases/{self._database}/documents"


def _endpoint() -> str:
    emulator = os.environ.get("FIRESTORE_EMULATOR_HOST")
    return f"http://{emulator}" if emulator else "https://firestore.googleapis.com"
