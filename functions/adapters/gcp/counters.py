"""Counters on Firestore: a document for each name, through Firestore's REST API.

The SDK cannot be used: the last counts are written when the process ends. Then Python starts no more threads, which the
SDK needs to sign a call. Without the SDK, functions that use Firestore only for counting also start faster.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import requests
from google.auth import exceptions as auth

from functions.adapters.gcp.call import Service, ServiceCall
from functions.adapters.gcp.client import SharedClient
from functions.adapters.gcp.rest import Connection
from functions.adapters.gcp.retry import Attempt, RetryPolicy
from functions.domain.ports import MAX_ADDED, Tally

BRIEF: Final = RetryPolicy(call=5.0, attempt=4.0)
"""For reads and deletions."""

_FIELD: Final = "count"
_TRANSIENT_STATUS: Final = {408, 409, 429, 500, 502, 503, 504}


def counters_session(project: str | None) -> SharedClient[Connection]:
    """Connections to Firestore's REST API, shared by all threads.

    Args:
        project: of the database; None means the environment's default project.
    """
    return SharedClient(lambda: Connection(project), Connection.close)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, requests.HTTPError):
        return error.response is not None and error.response.status_code in _TRANSIENT_STATUS
    return isinstance(error, requests.RequestException) or (isinstance(error, auth.GoogleAuthError) and error.retryable)


_NAME: Final = "Firestore (counters)"
_FAILURES: Final = (requests.RequestException, auth.GoogleAuthError)
_REPEATED: Final = Service(_NAME, _FAILURES, transient=_is_transient)
_ONCE: Final = Service(_NAME, _FAILURES, transient=lambda error: False)  # noqa: ARG005 - no error is
"""An increment that is repeated after a lost answer would count twice."""


class FirestoreCounters:
    """`Counters` in two collections, `views` and `calls`, of a database.

    Args:
        session: connections, shared by all threads.
        database: the database's name.
        prefix: the first part of the collections' names.
        policy: how often failed reads and deletions are repeated.
    """

    def __init__(
        self,
        session: SharedClient[Connection],
        database: str,
        *,
        prefix: str = "",
        policy: RetryPolicy = BRIEF,
    ) -> None:
        self._session = session
        self._repeated = ServiceCall(session, _REPEATED, policy)
        self._database = database
        self._prefix = prefix

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._session.close()

    def add(self, tally: Tally, counts: Mapping[str, int], *, timeout: float) -> None:
        def writes(root: str) -> dict[str, Any]:
            return {
                "writes": [self._increment(f"{root}/{self._prefix}{tally}/{name}", counts[name]) for name in counts]
            }

        def act(connection: Connection, attempt: Attempt) -> None:
            connection.post(self._database, "commit", writes, timeout=attempt.timeout, unread=True)

        ServiceCall(self._session, _ONCE, RetryPolicy(call=timeout, attempt=timeout))(act)

    def top(self, tally: Tally, limit: int) -> Sequence[tuple[str, int]]:
        order = [{"field": {"fieldPath": _FIELD}, "direction": "DESCENDING"}]
        query = {"from": [self._collection(tally)], "orderBy": order, "limit": limit}
        found = (each["document"] for each in self._query("runQuery", {"structuredQuery": query}) if "document" in each)
        return [(each["name"].rpartition("/")[2], int(each["fields"][_FIELD]["integerValue"])) for each in found]

    def total(self, tally: Tally) -> int:
        query = {
            "structuredQuery": {"from": [self._collection(tally)]},
            "aggregations": [{"alias": "total", "sum": {"field": {"fieldPath": _FIELD}}}],
        }
        (answer,) = self._query("runAggregationQuery", {"structuredAggregationQuery": query})
        return int(answer["result"]["aggregateFields"]["total"]["integerValue"])

    def forget(self, tally: Tally, names: Collection[str]) -> None:
        left = iter(names)
        while some := list(islice(left, MAX_ADDED)):
            self._delete(tally, some)

    def _delete(self, tally: Tally, names: Collection[str]) -> None:
        self._post(
            "commit", lambda root: {"writes": [{"delete": f"{root}/{self._prefix}{tally}/{name}"} for name in names]}
        )

    def _query(self, method: str, query: dict[str, Any]) -> Any:
        return self._post(method, lambda _: query)

    def _post(self, method: str, body: Callable[[str], Mapping[str, Any]]) -> Any:
        def act(connection: Connection, attempt: Attempt) -> Any:
            return connection.post(self._database, method, body, timeout=attempt.timeout)

        return self._repeated(act)

    def _collection(self, tally: Tally) -> dict[str, str]:
        return {"collectionId": f"{self._prefix}{tally}"}

    @staticmethod
    def _increment(document: str, count: int) -> dict[str, Any]:
        change = {"fieldPath": _FIELD, "increment": {"integerValue": str(count)}}
        return {"transform": {"document": document, "fieldTransforms": [change]}}
