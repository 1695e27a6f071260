"""Failures of Firestore: the catalog repeats a call, or raises `Unavailable`."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from google.api_core import exceptions as api
from google.cloud.firestore import Client

from functions.adapters.gcp.catalog import FirestoreCatalog, firestore_client
from functions.adapters.gcp.client import SharedClient
from functions.adapters.gcp.retry import RetryPolicy
from functions.domain.errors import Conflict, Unavailable
from functions.domain.model import Image
from functions.domain.ports import Filter, Order
from tests.builders import entry
from tests.cable import cable
from tests.contracts.races import check_ends_in_time

FAST = RetryPolicy(call=5, attempt=2, first_pause=0.001, longest_pause=0.01)
HASTY = RetryPolicy(call=1.5, attempt=0.4, first_pause=0.01, longest_pause=0.1)
TRANSIENT = [api.ServiceUnavailable, api.DeadlineExceeded, api.Aborted, api.InternalServerError, api.ResourceExhausted]


class LossyMethod:
    """Replaces one method of the client. It loses the first requests or the first answers, and counts the calls."""

    def __init__(self, client: Client, method: str, error: type[Exception], *, answers: int, requests: int = 0) -> None:
        self._call = getattr(client._firestore_api, method)
        self._error = error
        self._requests, self._answers = requests, answers
        self.calls = 0
        setattr(client._firestore_api, method, self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self._requests:
            self._requests -= 1
            raise self._error("lost")
        result = self._call(*args, **kwargs)
        if self._answers:
            self._answers -= 1
            return self._broken(result)
        return result

    def _broken(self, result: Any) -> Any:
        if not hasattr(result, "__next__"):
            raise self._error("lost")
        first = next(result)

        def stream() -> Iterator[Any]:
            yield first
            raise self._error("lost")

        return stream()


@pytest.fixture
def client(firestore_host: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
    return Client("demo-faults")


@pytest.fixture
def catalog(client: Client) -> FirestoreCatalog:
    return FirestoreCatalog(SharedClient(lambda: client, id), collection=f"images-{secrets.token_hex(8)}", policy=FAST)


def stored(catalog: FirestoreCatalog, image: Image) -> Image:
    catalog.create(image)
    found = catalog.get(image.id)
    assert found is not None
    return found


# --- calls that are repeated


@pytest.mark.parametrize("error", TRANSIENT)
def test_a_request_that_is_lost_is_repeated(client: Client, catalog: FirestoreCatalog, error: type[Exception]) -> None:
    LossyMethod(client, "commit", error, requests=2, answers=0)
    seen = stored(catalog, entry())
    LossyMethod(client, "batch_get_documents", error, requests=2, answers=0)
    assert catalog.get(entry().id) == seen
    LossyMethod(client, "run_query", error, requests=2, answers=0)
    assert catalog.find_by_sha256(seen.facts.sha256) == [seen]


def test_writes_whose_answers_are_lost_take_effect_once(client: Client, catalog: FirestoreCatalog) -> None:
    LossyMethod(client, "commit", api.ServiceUnavailable, answers=1)
    seen = stored(catalog, entry())
    LossyMethod(client, "commit", api.ServiceUnavailable, answers=1)
    catalog.replace(entry(caption="new"), seen=seen)
    changed = catalog.get(entry().id)
    assert changed == entry(caption="new")
    LossyMethod(client, "commit", api.ServiceUnavailable, answers=1)
    catalog.delete(seen=changed)
    assert catalog.get(entry().id) is None


def test_a_page_whose_stream_breaks_is_read_again(client: Client, catalog: FirestoreCatalog) -> None:
    for number in range(6):
        catalog.create(entry(number))
    method = LossyMethod(client, "run_query", api.ServiceUnavailable, answers=2)
    page = catalog.page(Filter(), Order.OLDEST, after=None, limit=4)
    assert page == [entry(number) for number in range(4)]
    assert method.calls == 3


# --- conflicts stay conflicts


def test_a_write_of_another_client_stays_a_conflict(client: Client, catalog: FirestoreCatalog) -> None:
    seen = stored(catalog, entry())
    catalog.replace(entry(), seen=seen)  # another client writes the same content
    acts: list[Callable[[], object]] = [
        lambda: catalog.create(entry()),
        lambda: catalog.replace(entry(), seen=seen),
        lambda: catalog.delete(seen=seen),
    ]
    for act in acts:
        method = LossyMethod(client, "commit", api.ServiceUnavailable, requests=1, answers=0)
        with pytest.raises(Conflict):
            act()
        assert method.calls == 2


def test_a_conflict_at_the_first_attempt_is_not_checked_again(client: Client, catalog: FirestoreCatalog) -> None:
    catalog.create(entry())
    commits = LossyMethod(client, "commit", api.ServiceUnavailable, answers=0)
    reads = LossyMethod(client, "batch_get_documents", api.ServiceUnavailable, answers=0)
    with pytest.raises(Conflict):
        catalog.create(entry())
    assert (commits.calls, reads.calls) == (1, 0)


# --- calls that fail


@pytest.mark.parametrize("how", ["cut", "hold"])
def test_a_call_ends_in_time_and_works_again_when_the_connection_is_restored(
    firestore_host: str, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with cable(firestore_host) as line:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", line.host)
        collection = f"images-{secrets.token_hex(8)}"
        with closing(FirestoreCatalog(firestore_client("demo"), collection=collection, policy=HASTY)) as catalog:
            seen = stored(catalog, entry())
            getattr(line, how)()
            acts: list[Callable[[], object]] = [
                lambda: catalog.create(entry(2)),
                lambda: catalog.get(entry().id),
                lambda: catalog.find_by_sha256("0"),
                lambda: catalog.replace(entry(), seen=seen),
                lambda: catalog.delete(seen=seen),
                lambda: catalog.page(Filter(), Order.NEWEST, after=None, limit=3),
                catalog.totals,
            ]
            check_ends_in_time(acts, HASTY)
            line.restore()
            assert catalog.get(entry().id) == seen


def test_a_permanent_refusal_is_not_retried(client: Client, catalog: FirestoreCatalog) -> None:
    method = LossyMethod(client, "commit", api.PermissionDenied, requests=1, answers=0)
    with pytest.raises(Unavailable):
        catalog.create(entry())
    assert method.calls == 1


# --- the number of requests


def test_each_call_is_one_request(client: Client, catalog: FirestoreCatalog) -> None:
    commits = LossyMethod(client, "commit", api.Unknown, answers=0)
    reads = LossyMethod(client, "batch_get_documents", api.Unknown, answers=0)
    queries = LossyMethod(client, "run_query", api.Unknown, answers=0)
    seen = stored(catalog, entry())
    catalog.find_by_sha256(seen.facts.sha256)
    catalog.page(Filter(tag="sea"), Order.NEWEST, after=None, limit=10)
    catalog.delete(seen=seen)
    assert (commits.calls, reads.calls, queries.calls) == (2, 1, 2)
