"""The contract of counters, on each backend; and that no failure counts twice, or takes longer than allowed."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from functions.adapters.embedded.counters import SqliteCounters
from functions.adapters.gcp.counters import FirestoreCounters, counters_session
from functions.adapters.gcp.retry import RETRY_POLICY, RetryPolicy
from functions.domain.errors import Unavailable
from functions.domain.ports import Counters, Tally
from functions.services.hits import FLUSH_IN_A_REQUEST, INTERVAL, Hits
from tests.cable import Cable, cable
from tests.contracts.counters_contract import TIMEOUT, CountersContract

HASTY = RetryPolicy(call=5, attempt=1)


class TestSqliteCounters(CountersContract):
    @pytest.fixture
    def counters(self, tmp_path: Path) -> Iterator[Counters]:
        with closing(SqliteCounters(tmp_path / "counters.db")) as counters:
            yield counters

    def test_a_writer_that_does_not_end_makes_an_addition_fail(self, counters: Counters, tmp_path: Path) -> None:
        counters.add(Tally.CALLS, {"fetch": 1}, timeout=TIMEOUT)
        with closing(sqlite3.connect(tmp_path / "counters.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable):
                counters.add(Tally.CALLS, {"fetch": 1}, timeout=0.01)
            other.execute("ROLLBACK")
        counters.add(Tally.CALLS, {"fetch": 1}, timeout=TIMEOUT)
        assert counters.total(Tally.CALLS) == 2


class TestFirestoreCounters(CountersContract):
    @pytest.fixture
    def counters(self, firestore_host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counters]:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        with closing(
            FirestoreCounters(counters_session("demo"), "(default)", prefix=prefix(), policy=RETRY_POLICY)
        ) as counters:
            yield counters

    @pytest.fixture
    def line(self, firestore_host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cable]:
        with cable(firestore_host) as line:
            monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", line.host)
            yield line

    @pytest.fixture
    def distant(self, line: Cable) -> Iterator[FirestoreCounters]:
        """Counters at the other end of the line, with a connection that is open."""
        del line
        session, name = counters_session("demo"), prefix()
        with closing(FirestoreCounters(session, "(default)", prefix=name, policy=HASTY)) as counters:
            counters.add(Tally.VIEWS, {"a": 1}, timeout=TIMEOUT)
            yield counters

    @pytest.mark.parametrize("how", ["cut", "hold"])
    def test_a_lost_connection_is_unavailable_and_is_restored_later(
        self, how: str, distant: FirestoreCounters, line: Cable
    ) -> None:
        getattr(line, how)()
        with pytest.raises(Unavailable):
            distant.total(Tally.VIEWS)
        with pytest.raises(Unavailable):
            distant.add(Tally.VIEWS, {"a": 1}, timeout=0.2)
        line.restore()
        assert distant.total(Tally.VIEWS) >= 1

    @pytest.mark.parametrize("how", ["swallow", "break_off"])
    def test_a_flush_whose_answer_is_lost_counts_once(self, how: str, distant: FirestoreCounters, line: Cable) -> None:
        hits, clock = counting(distant)
        hits.view("a")
        getattr(line, how)()
        clock[0] += INTERVAL
        hits.call("fetch")
        assert line.lost.wait(30)
        line.restore()
        hits.view("a")
        hits.flush(TIMEOUT)
        assert distant.total(Tally.VIEWS) == 3
        assert distant.total(Tally.CALLS) == 1

    def test_a_flush_that_hangs_is_cut_off_in_time(
        self, distant: FirestoreCounters, line: Cable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limits = sent_timeouts(monkeypatch)
        hits, clock = counting(distant)
        hits.view("a")
        line.hold()
        line.hung_up.clear()
        clock[0] += INTERVAL
        hits.call("fetch")
        (limit,) = limits
        assert 0 < limit <= FLUSH_IN_A_REQUEST
        line.restore()
        assert line.hung_up.wait(30), "the call goes on after the response"

    def test_a_flush_that_does_not_arrive_is_not_repeated(self, distant: FirestoreCounters, line: Cable) -> None:
        hits, clock = counting(distant)
        hits.view("a")
        line.cut()
        clock[0] += INTERVAL
        hits.call("fetch")
        line.restore()
        hits.flush(TIMEOUT)
        assert distant.total(Tally.VIEWS) == 1
        assert distant.total(Tally.CALLS) == 1


def prefix() -> str:
    return f"{secrets.token_hex(8)}-"


def counting(counters: Counters) -> tuple[Hits, list[float]]:
    """Counting, and its clock."""
    clock = [0.0]
    return Hits(lambda: counters, clock=lambda: clock[0]), clock


def sent_timeouts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How many seconds each request that is sent from now on may take."""
    limits: list[float] = []
    send = requests.Session.send

    def record(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        limits.append(options["timeout"].total)
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", record)
    return limits
