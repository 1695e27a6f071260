"""The backends that the tests use. Each can create any number of empty repositories."""

import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import requests
from google.cloud.firestore import Client

from functions.adapters.embedded.outbox import Outbox
from functions.adapters.gcp.catalog import firestore_client
from functions.adapters.gcp.storage import storage_client
from functions.config import Backend as Backends
from functions.config import Settings
from functions.domain.ports import Bucket, Catalog, Counters, Tally
from functions.domain.tickets import Tickets
from functions.wiring import Closable, embedded, filesystem_bucket, gcp
from local.notifying import NotifyingBucket
from tests.gcs_store import Store

_BUCKETS: Final = ("originals", "renditions", "dropbox")
_COLLECTIONS: Final = ("images", "tickets", *Tally)


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
    """Creates repositories."""

    def create(self, folder: Path) -> Open:
        """Create an empty repository. Its local files are in `folder`."""

    def copy(self, source: Path, folder: Path) -> Open:
        """Create a copy of the repository whose local files are in `source`. Nothing may use that one meanwhile."""


class Embedded:
    """Repositories in SQLite and the file system."""

    def create(self, folder: Path) -> Open:
        return partial(_open_embedded, folder)

    def copy(self, source: Path, folder: Path) -> Open:
        shutil.copytree(source, folder)
        return self.create(folder)


class Cloud:
    """Repositories in Firestore and Cloud Storage, or in emulators of them at these addresses.

    They can be copied if Cloud Storage is our server with this `store`: a copy has the generations of the source.
    """

    def __init__(self, firestore_host: str, storage_url: str, store: Store | None = None) -> None:
        self._firestore_host = firestore_host
        self._storage_url = storage_url
        self._store = store
        self._names: dict[Path, str] = {}

    def create(self, folder: Path) -> Open:
        one = self._names[folder] = secrets.token_hex(8)
        for role in _BUCKETS:
            url = f"{self._storage_url}/storage/v1/b?project=demo"
            requests.post(url, json={"name": f"{role}-{one}"}, timeout=10).raise_for_status()
        return partial(_open_cloud, self._firestore_host, self._storage_url, one, folder)

    def copy(self, source: Path, folder: Path) -> Open:
        assert self._store is not None, "Only our server of Cloud Storage can copy a bucket with its generations."
        shutil.copytree(source, folder)
        old, new = self._names[source], secrets.token_hex(8)
        for role in _BUCKETS:
            self._store.copy_bucket(f"{role}-{old}", f"{role}-{new}")
        _copy_collections(_raw_client(self._firestore_host), f"{old}-", f"{new}-")
        return partial(_open_cloud, self._firestore_host, self._storage_url, new, folder)

    def close(self) -> None:
        """Close the connections."""
        for client in _clients(self._firestore_host, self._storage_url):
            client.close()


@dataclass(frozen=True)
class Existing:
    """A repository that another process created."""

    open: Open

    def create(self, folder: Path) -> Open:
        del folder
        return self.open

    def copy(self, source: Path, folder: Path) -> Open:
        raise NotImplementedError


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


@cache
def _raw_client(firestore_host: str) -> Client:
    os.environ["FIRESTORE_EMULATOR_HOST"] = firestore_host
    return Client(project="demo-service")


def _copy_collections(client: Client, old: str, new: str) -> None:
    """Copy the documents of all collections whose names begin with `old`."""
    batch = client.batch()
    for name in _COLLECTIONS:
        for each in client.collection(f"{old}{name}").stream():
            batch.create(client.collection(f"{new}{name}").document(each.id), each.to_dict() or {})
    batch.commit()
