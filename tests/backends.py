"""The backends that the tests use. Each can create any number of empty repositories."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import requests

from functions.adapters.embedded.outbox import Outbox
from functions.adapters.gcp.catalog import firestore_client
from functions.adapters.gcp.storage import storage_client
from functions.config import Backend as Backends
from functions.config import Settings
from functions.domain.ports import Bucket, Catalog, Counters
from functions.domain.tickets import Tickets
from functions.wiring import Closable, embedded, filesystem_bucket, gcp
from local.notifying import NotifyingBucket


class Notifying(Bucket, Protocol):
    @property
    def outbox(self) -> Outbox: ...


class Parts(NamedTuple):
    """The parts of one repository, and the resources to close at the end."""

    catalog: Catalog
    originals: Notifying
    renditions: Bucket
    dropbox: Notifying
    tickets: Tickets
    counters: Counters
    own: tuple[Closable, ...]


Open = Callable[[], Parts]
"""Opens one repository. It can be pickled, so that other processes open the same repository."""


class Backend(Protocol):
    """Creates repositories.

    Attributes:
        is_in_folder: whether a repository keeps everything in its folder, so that a copy of it is another repository.
    """

    is_in_folder: ClassVar[bool]

    def create(self, folder: Path) -> Open:
        """Create an empty repository. Its local files are in `folder`."""


class Embedded:
    """Repositories in SQLite and the file system."""

    is_in_folder: ClassVar = True

    def create(self, folder: Path) -> Open:
        return partial(_open_embedded, folder)


class Cloud:
    """Repositories in Firestore and Cloud Storage, or in emulators of them at these addresses."""

    is_in_folder: ClassVar = False

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
        """Close the connections."""
        for client in _clients(self._firestore_host, self._storage_url):
            client.close()


@dataclass(frozen=True)
class Existing:
    """A repository that another process created."""

    open: Open
    is_in_folder: ClassVar = False

    def create(self, folder: Path) -> Open:
        del folder
        return self.open


def _open_embedded(folder: Path) -> Parts:
    ports = embedded(folder)
    originals, renditions, dropbox = (
        filesystem_bucket(folder, each) for each in ("originals", "renditions", "dropbox")
    )
    catalog, tickets, counters = ports.catalog(), ports.tickets(), ports.counters()
    own = tuple(
        each for each in (catalog, originals, renditions, dropbox, tickets, counters) if isinstance(each, Closable)
    )
    return Parts(catalog, originals, renditions, dropbox, tickets, counters, own)


def _open_cloud(firestore_host: str, storage_url: str, one: str, folder: Path) -> Parts:
    """Open a repository. Its clients stay open for the next one, because connecting takes longer than most tests."""
    firestore, storage = _clients(firestore_host, storage_url)
    settings = Settings(
        backend=Backends.GCP,
        project="demo-service",
        originals_bucket=f"originals-{one}",
        renditions_bucket=f"renditions-{one}",
        dropbox_bucket=f"dropbox-{one}",
    )
    ports = gcp(settings, firestore=firestore, storage=storage, prefix=f"{one}-")
    originals = NotifyingBucket(ports.bucket("originals"), folder / "events.db", name="originals")
    dropbox = NotifyingBucket(ports.bucket("dropbox"), folder / "dropbox-events.db", name="dropbox")
    return Parts(
        ports.catalog(),
        originals,
        ports.bucket("renditions"),
        dropbox,
        ports.tickets(),
        ports.counters(),
        (originals, dropbox),
    )


@cache
def _clients(firestore_host: str, storage_url: str) -> tuple[Any, Any]:
    os.environ["FIRESTORE_EMULATOR_HOST"] = firestore_host
    return firestore_client("demo-service"), storage_client(storage_url)
