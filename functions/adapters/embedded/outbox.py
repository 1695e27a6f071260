"""The outbox: object events that are not delivered yet.

An event is appended in the transaction of its change, and removed after its delivery.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection
from typing import Final

from functions.adapters.embedded.database import Database, from_micros, to_micros

SCHEMA: Final = """
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    resource TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_by_due ON outbox (due_at, seq)
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One object event that is not delivered yet.

    Attributes:
        seq: increases with each event of the bucket.
        type: `FINALIZED` or `DELETED`, as in the header `ce-type`.
        object: the object resource, in the form of Cloud Storage's JSON API.
        occurred_at: aware, UTC.
        attempts: the number of failed deliveries.
    """

    seq: int
    type: str
    object: Mapping[str, object]
    occurred_at: datetime
    attempts: int


class Outbox:
    """The undelivered events of one bucket. Each is delivered at least once. Several dispatchers do no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._announced = threading.Event()

    def append(
        self, connection: Connection, kind: str, resource: Mapping[str, object], *, delay: timedelta = timedelta(0)
    ) -> int:
        """Add an event in the transaction that changes the object, so that both happen or neither.

        Returns:
            The event's `seq`.
        """
        now = datetime.now(UTC)
        added = connection.execute(
            "INSERT INTO outbox (type, resource, occurred_at, due_at) VALUES (?, ?, ?, ?) RETURNING seq",
            (kind, json.dumps(resource), to_micros(now), to_micros(now + delay)),
        )
        seq: int = added.fetchone()[0]
        return seq

    def announce(self) -> None:
        """Wake the thread that waits, because an event has been committed."""
        self._announced.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until this process announces an event; False if it announces none for `timeout_s` seconds.

        Events of other processes are not announced. The caller must poll for them.
        """
        announced = self._announced.wait(timeout_s)
        self._announced.clear()
        return announced

    def due(self, now: datetime, limit: int) -> list[Event]:
        """At most `limit` events that are due at `now`, those that waited longest first.

        Raises:
            Unavailable: the index cannot be read.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT seq, type, resource, occurred_at, attempts FROM outbox WHERE due_at <= ?"
                " ORDER BY due_at, seq LIMIT ?",
                (to_micros(now), limit),
            ).fetchall()
        return [
            Event(seq, kind, json.loads(resource), from_micros(occurred_at), attempts)
            for seq, kind, resource, occurred_at, attempts in rows
        ]

    def next_due(self) -> datetime | None:
        """The time at which the next event is due; None if there is no event.

        Raises:
            Unavailable: the index cannot be read.
        """
        with self._database.reading() as connection:
            (micros,) = connection.execute("SELECT min(due_at) FROM outbox").fetchone()
        return None if micros is None else from_micros(micros)

    def done(self, seq: int) -> None:
        """Remove an event that has been delivered.

        Raises:
            Unavailable: the index cannot be written. The event will be delivered again.
        """
        self._change("DELETE FROM outbox WHERE seq = ?", (seq,))

    def retry(self, seq: int, at: datetime) -> None:
        """Schedule another attempt, at the time `at`, for an event whose delivery failed.

        Raises:
            Unavailable: the index cannot be written. The event stays due.
        """
        self._change("UPDATE outbox SET due_at = ?, attempts = attempts + 1 WHERE seq = ?", (to_micros(at), seq))

    def _change(self, sql: str, values: tuple[object, ...]) -> None:
        """Change the row of an event. It does not use the reserve, because an event can wait until there is space."""
        with self._database.writing(freeing=True) as connection:
            connection.execute(sql, values)
