"""Reads of counters and tickets before the first write, also on a disk that has no room for a database."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from functions.adapters.embedded.counters import SqliteCounters
from functions.adapters.embedded.tickets import SqliteTickets
from functions.domain.errors import Damaged, Unavailable
from functions.domain.ports import Tally
from tests.contracts.test_faults import in_another_process, largest_file

READS: dict[str, Callable[[Path], object]] = {
    "total": lambda path: SqliteCounters(path).total(Tally.VIEWS),
    "top": lambda path: SqliteCounters(path).top(Tally.VIEWS, 9),
    "forget": lambda path: SqliteCounters(path).forget(Tally.VIEWS, ["a"]),
    "ticket": lambda path: SqliteTickets(path).get("t"),
}


@pytest.mark.parametrize("read", READS)
def test_a_read_before_the_first_write_creates_no_file(read: str, tmp_path: Path) -> None:
    assert not READS[read](tmp_path / "new.db")
    assert not list(tmp_path.iterdir())


def fail_to_create(folder: Path) -> None:
    for size in (0, 4096, 8192, 16384):
        path = folder / f"{size}.db"
        with closing(SqliteCounters(path)) as counters:
            with largest_file(size), pytest.raises(Unavailable):
                counters.add(Tally.VIEWS, {"a": 1}, timeout=1)
            with largest_file(0):
                assert counters.total(Tally.VIEWS) == 0
            counters.add(Tally.VIEWS, {"a": 1}, timeout=1)
            assert counters.total(Tally.VIEWS) == 1


def test_a_creation_that_a_full_disk_ended_does_not_prevent_reads(tmp_path: Path) -> None:
    in_another_process(fail_to_create, tmp_path)


def test_a_damaged_file_is_not_taken_for_one_without_tables(tmp_path: Path) -> None:
    (tmp_path / "new.db").write_bytes(b"damaged" * 2000)
    with closing(SqliteCounters(tmp_path / "new.db")) as counters, pytest.raises(Damaged):
        counters.total(Tally.VIEWS)
