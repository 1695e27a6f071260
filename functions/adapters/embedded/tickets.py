"""Upload tickets in SQLite: one JSON document for each."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from functions.adapters.embedded.creation import was_created
from functions.adapters.embedded.database import Database, to_micros
from functions.adapters.embedded.reserve import Reserve
from functions.adapters.ticket_document import from_document, to_document, to_outcome
from functions.domain.tickets import RETENTION, Outcome, Ticket

_SCHEMA: Final = """
CREATE TABLE tickets (
    id TEXT PRIMARY KEY,
    forget_at INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX tickets_by_end ON tickets (forget_at)
"""


class SqliteTickets:
    """`Tickets` in the SQLite file at `path`, which the first `create` creates. Each `create` deletes old tickets."""

    def __init__(self, path: Path, *, reserve: Reserve | None = None) -> None:
        self._path = path
        self._database = Database(path, _SCHEMA, "The tickets' database", reserve=reserve)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._database.close()

    def create(self, ticket: Ticket) -> None:
        row = (ticket.id, to_micros(ticket.expires_at + RETENTION), json.dumps(to_document(ticket)))
        with self._database.writing() as connection:
            connection.execute("DELETE FROM tickets WHERE forget_at < ?", (to_micros(datetime.now(UTC)),))
            connection.execute("INSERT INTO tickets (id, forget_at, document) VALUES (?, ?, ?)", row)

    def get(self, ticket_id: str) -> Ticket | None:
        if not was_created(self._path):
            return None
        with self._database.reading() as connection:
            row = connection.execute("SELECT document FROM tickets WHERE id = ?", (ticket_id,)).fetchone()
        return None if row is None else from_document(ticket_id, json.loads(row[0]))

    def settle(self, ticket_id: str, outcome: Outcome) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE tickets SET document = json_set(document, '$.outcome', json(?)) WHERE id = ?",
                (json.dumps(to_outcome(outcome)), ticket_id),
            )
