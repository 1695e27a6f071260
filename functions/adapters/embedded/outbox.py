"""Object events on their way out: appended with the change they tell of, removed once delivered."""

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
    """One object event that is still to be delivered.

    Attributes:
        seq: rises with each event of the bucket.
        type: `FINALIZED` or `DELETED`, as in the header `ce-type`.
        object: the object resource, as Cloud Storage's JSON API has it.
        attempts: deliveries that failed so far.
    """

    seq: int
    type: str
    object: Mapping[str, object]
    occurred_at: datetime
    attempts: int


class Outbox:
    """The undelivered events of one bucket. Delivery is at least once; one dispatcher is enough, several do no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._news = threading.Event()

    def append(
        self, connection: Connection, kind: str, resource: Mapping[str, object], *, delay: timedelta = timedelta(0)
    ) -> int:
        """Add an event inside the transaction that changes the object, so that both happen or neither; its number."""
        now = datetime.now(UTC)
        added = connection.execute(
            "INSERT INTO outbox (type, resource, occurred_at, due_at) VALUES (?, ?, ?, ?) RETURNING seq",
            (kind, json.dumps(resource), to_micros(now), to_micros(now + delay)),
        )
        seq: int = added.fetchone()[0]
        return seq

    def announce(self) -> None:
        """Wake whoever waits: an event has been committed."""
        self._news.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether this process wrote an event since the last call, within so many seconds.

        Events of other processes do not count: look for them from time to time.
        """
        told = self._news.wait(timeout_s)
        self._news.clear()
        return told

    def due(self, now: datetime, limit: int) -> list[Event]:
        """At most `limit` events to be delivered by now, those that waited longest first.

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
        """When the next event is to be delivered; None when all are.

        Raises:
            Unavailable: the index cannot be read.
        """
        with self._database.reading() as connection:
            (micros,) = connection.execute("SELECT min(due_at) FROM outbox").fetchone()
        return None if micros is None else from_micros(micros)

    def done(self, seq: int) -> None:
        """Forget an event: it has been delivered.

        Raises:
            Unavailable: the index cannot be written; the event will come again.
        """
        with self._database.writing() as connection:
            connection.execute("DELETE FROM outbox WHERE seq = ?", (seq,))

    def retry(self, seq: int, at: datetime) -> None:
        """Keep an event whose delivery failed for another attempt, not before `at`.

        Raises:
            Unavailable: the index cannot be written; the event stays due.
        """
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE outbox SET due_at = ?, attempts = attempts + 1 WHERE seq = ?", (to_micros(at), seq)
            )
