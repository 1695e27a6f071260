"""What a service of the tests can stand on: each backend makes empty repositories, as often as asked."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import requests

from functions.adapters.filesystem_bucket import FilesystemBucket
from functions.adapters.firestore_catalog import FirestoreCatalog, firestore_client
from functions.adapters.firestore_counters import FirestoreCounters, counters_session
from functions.adapters.firestore_tickets import FirestoreTickets
from functions.adapters.gcs_bucket import GcsBucket
from functions.adapters.gcs_calls import storage_client
from functions.adapters.outbox import Outbox
from functions.adapters.sqlite_catalog import SqliteCatalog
from functions.adapters.sqlite_counters import SqliteCounters
from functions.adapters.sqlite_tickets import SqliteTickets
from functions.domain.ports import Bucket, Catalog, Counters
from functions.domain.tickets import Tickets
from local.notifying import NotifyingBucket


class Closable(Protocol):
    def close(self) -> None: ...


class Notifying(Bucket, Protocol):
    @property
    def outbox(self) -> Outbox: ...


class Parts(NamedTuple):
    """The parts of one repository, and what is to be closed in the end."""

    catalog: Catalog
    originals: Notifying
    renditions: Bucket
    dropbox: Notifying
    tickets: Tickets
    counters: Counters
    own: tuple[Closable, ...]


Open = Callable[[], Parts]
"""Opens one repository, in whichever process it is called: it can be pickled."""


class Backend(Protocol):
    """Makes repositories."""

    def create(self, folder: Path) -> Open:
        """A new one, empty; whatever it keeps on this machine is in `folder`."""


class Embedded:
    """SQLite and the file system."""

    def create(self, folder: Path) -> Open:
        return partial(_open_embedded, folder)


class Cloud:
    """Firestore and Cloud Storage, at addresses that answer like them."""

    def __init__(self, firestore_host: str, storage_url: str) -> None:
        self._firestore_host = firestore_host
        self._storage_url = storage_url

    def create(self, folder: Path) -> Open:
        one = secrets.token_hex(8)
        for name in (f"originals-{one}", f"renditions-{one}", f"dropbox-{one}"):
            created = requests.post(f"{self._storage_url}/storage/v1/b?project=demo", json={"name": name}, timeout=10)
            created.raise_for_status()
        return partial(_open_cloud, self._firestore_host, self._storage_url, one, folder)

    def close(self) -> None:
        """Let go of the connections."""
        for client in _clients(self._firestore_host, self._storage_url):
            client.close()


@dataclass(frozen=True)
class Existing:
    """A repository that another process made."""

    open: Open

    def create(self, folder: Path) -> Open:
        del folder
        return self.open


def _open_embedded(folder: Path) -> Parts:
    catalog = SqliteCatalog(folder / "catalog.db")
    originals = FilesystemBucket(folder / "originals", name="originals", notifies=True)
    renditions = FilesystemBucket(folder / "renditions", name="renditions", derived=True)
    dropbox = FilesystemBucket(folder / "dropbox", name="dropbox", notifies=True)
    tickets = SqliteTickets(folder / "tickets.db")
    counters = SqliteCounters(folder / "counters.db")
    own = (catalog, originals, renditions, dropbox, tickets, counters)
    return Parts(catalog, originals, renditions, dropbox, tickets, counters, own)


def _open_cloud(firestore_host: str, storage_url: str, one: str, folder: Path) -> Parts:
    """The clients stay open for the next repository; to connect anew would take longer than most tests."""
    database, storage = _clients(firestore_host, storage_url)
    originals = NotifyingBucket(GcsBucket(f"originals-{one}", storage), folder / "events.db", name="originals")
    catalog = FirestoreCatalog(database, collection=f"images-{one}")
    dropbox = NotifyingBucket(GcsBucket(f"dropbox-{one}", storage), folder / "dropbox-events.db", name="dropbox")
    return Parts(
        catalog,
        originals,
        GcsBucket(f"renditions-{one}", storage),
        dropbox,
        FirestoreTickets(database, collection=f"tickets-{one}"),
        FirestoreCounters(counters_session(), "demo-service", "(default)", prefix=f"{one}-"),
        (originals, dropbox),
    )


@cache
def _clients(firestore_host: str, storage_url: str) -> tuple[Any, Any]:
    os.environ["FIRESTORE_EMULATOR_HOST"] = firestore_host
    return firestore_client("demo-service"), storage_client(storage_url)
