"""The storage event `finalized` of the dropbox: ingest a drop."""

from datetime import UTC, datetime
from threading import RLock
from typing import Final
from zlib import crc32

from functions.domain.limits import TICKET_LIMITS
from functions.services.ingest import ingest_drop as ingest
from functions.services.store import Stored
from functions.web.events import StorageObject, storage_event
from functions.wiring import wiring

_TURNS: Final = [RLock() for _ in range(32)]
"""Attempts at one drop in one process take turns. The second one finds the result of the first, and decodes nothing."""


@storage_event("ingest-drop")
def ingest_drop(dropped: StorageObject) -> str | None:
    """Store the drop like an upload, and remove it from the dropbox. A refused drop stays, with the reason."""
    stored = ingest_named(dropped.name)
    return stored.image.id if stored else None


def ingest_named(name: str) -> Stored | None:
    """Ingest the drop with that name, in this process's repository. For errors, see `services.ingest`."""
    parts = wiring()
    with _TURNS[crc32(name.encode("utf-8", "replace")) % len(_TURNS)]:
        return ingest(
            name,
            parts.dropbox(),
            parts.catalog(),
            parts.originals(),
            parts.tickets(),
            limits=TICKET_LIMITS,
            now=datetime.now(UTC),
        )
