"""Counters on SQLite: a row for each name."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from functions.adapters.embedded.creation import was_created
from functions.adapters.embedded.database import Database
from functions.adapters.embedded.reserve import Reserve
from functions.domain.ports import Tally

_SCHEMA: Final = """
CREATE TABLE counters (
    tally TEXT NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (tally, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX counters_by_count ON counters (tally, count, name)
"""


class SqliteCounters:
    """`Counters` in the SQLite file at `path`, which the first `add` creates. So reads succeed on a full disk."""

    def __init__(self, path: Path, *, reserve: Reserve | None = None) -> None:
        self._path = path
        self._database = Database(path, _SCHEMA, "The counters' database", reserve=reserve)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._database.close()

    def add(self, tally: Tally, counts: Mapping[str, int], *, timeout: float) -> None:
        with self._database.writing(wait=timeout) as connection:
            connection.executemany(
                "INSERT INTO counters (tally, name, count) VALUES (?, ?, ?)"
                " ON CONFLICT (tally, name) DO UPDATE SET count = count + excluded.count",
                [(tally, name, count) for name, count in counts.items()],
            )

    def top(self, tally: Tally, limit: int) -> Sequence[tuple[str, int]]:
        if not was_created(self._path):
            return []
        with self._database.reading() as connection:
            sql = "SELECT name, count FROM counters WHERE tally = ? ORDER BY count DESC, name DESC LIMIT ?"
            return connection.execute(sql, (tally, limit)).fetchall()

    def total(self, tally: Tally) -> int:
        if not was_created(self._path):
            return 0
        with self._database.reading() as connection:
            sql = "SELECT coalesce(sum(count), 0) FROM counters WHERE tally = ?"
            (total,) = connection.execute(sql, (tally,)).fetchone()
        return int(total)

    def forget(self, tally: Tally, names: Collection[str]) -> None:
        def act() -> None:
            with self._database.writing(freeing=True) as connection:
                connection.executemany(
                    "DELETE FROM counters WHERE tally = ? AND name = ?", [(tally, name) for name in names]
                )

        if was_created(self._path):
            self._database.spend(act)
