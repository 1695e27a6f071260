"""The contract of counters, on each backend."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from functions.adapters.embedded.counters import SqliteCounters
from functions.adapters.gcp.counters import FirestoreCounters, counters_session
from functions.adapters.gcp.retry import RetryPolicy
from functions.domain.errors import Unavailable
from functions.domain.ports import Counters, Tally
from tests.cable import cable
from tests.contracts.counters_contract import CountersContract

HASTY = RetryPolicy(call=1.5, attempt=0.5)


class TestSqliteCounters(CountersContract):
    @pytest.fixture
    def counters(self, tmp_path: Path) -> Iterator[Counters]:
        with closing(SqliteCounters(tmp_path / "counters.db")) as counters:
            yield counters


class TestFirestoreCounters(CountersContract):
    @pytest.fixture
    def counters(self, firestore_host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counters]:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        prefix = f"{secrets.token_hex(8)}-"
        with closing(FirestoreCounters(counters_session(), "demo-contract", "(default)", prefix=prefix)) as counters:
            yield counters

    @pytest.mark.parametrize("how", ["cut", "hold"])
    def test_a_lost_connection_is_unavailable_and_is_restored_later(
        self, how: str, firestore_host: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with cable(firestore_host) as line:
            monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", line.host)
            name = f"{secrets.token_hex(8)}-"
            session = counters_session()
            with closing(FirestoreCounters(session, "demo", "(default)", prefix=name, policy=HASTY)) as counters:
                counters.add(Tally.VIEWS, {"a": 1})
                getattr(line, how)()
                with pytest.raises(Unavailable):
                    counters.add(Tally.VIEWS, {"a": 1})
                line.restore()
                assert counters.total(Tally.VIEWS) >= 1
