"""The composition root: it builds the adapters and the services of one process.

Each of them is built on first use, and shared by all threads. The modules of a backend are imported there too, so that
a cold start loads only what the function uses.
"""

import atexit
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar, cast, runtime_checkable

from functions.adapters.key_file import KeyFile
from functions.config import Backend, Settings
from functions.domain.callers import Caller, find_holder
from functions.domain.ports import Bucket, Catalog, Counters
from functions.routes import FUNCTIONS
from functions.services.draw import Pool
from functions.services.hits import FLUSH_AT_THE_END, Hits

if TYPE_CHECKING:
    from functions.adapters.embedded.bucket import FilesystemBucket
    from functions.adapters.embedded.reserve import Reserve
    from functions.adapters.gcp.client import SharedClient
    from functions.domain.tickets import Tickets, UploadSigner

T = TypeVar("T")

_WATCHED: Final = {each.trigger.bucket for each in FUNCTIONS if each.trigger}
"""Roles of the buckets whose events trigger functions."""


class Ports(NamedTuple):
    """The factories of one backend. Each call builds a new adapter; `bucket` takes the bucket's role."""

    catalog: Callable[[], Catalog]
    bucket: Callable[[str], Bucket]
    tickets: Callable[[], "Tickets"]
    signer: Callable[[], "UploadSigner"]
    counters: Callable[[], Counters]


def ports_of(settings: Settings) -> Ports:
    """The factories of the backend that the settings name."""
    return gcp(settings) if settings.backend is Backend.GCP else embedded(settings.data)


def embedded(data: Path) -> Ports:
    """SQLite and the file system, in the folder `data`."""
    from functions.adapters.embedded.reserve import Reserve

    reserve = Reserve(data / "reserve")

    def catalog() -> Catalog:
        from functions.adapters.embedded.catalog import SqliteCatalog

        return SqliteCatalog(data / "catalog.db", reserve=reserve)

    def tickets() -> "Tickets":
        from functions.adapters.embedded.tickets import SqliteTickets

        return SqliteTickets(data / "tickets.db", reserve=reserve)

    def signer() -> "UploadSigner":
        from functions.adapters.embedded.signer import LocalSigner

        return LocalSigner(data / "signing-secret")

    def counters() -> Counters:
        from functions.adapters.embedded.counters import SqliteCounters

        return SqliteCounters(data / "counters.db", reserve=reserve)

    return Ports(catalog, lambda role: filesystem_bucket(data, role, reserve), tickets, signer, counters)


def filesystem_bucket(data: Path, role: str, reserve: "Reserve | None" = None) -> "FilesystemBucket":
    """The bucket of that role in the folder `data`."""
    from functions.adapters.embedded.bucket import FilesystemBucket

    return FilesystemBucket(
        data / role, name=role, notifies=role in _WATCHED, derived=role == "renditions", reserve=reserve
    )


def gcp(
    settings: Settings,
    *,
    firestore: "SharedClient[Any] | None" = None,
    storage: "SharedClient[Any] | None" = None,
    prefix: str = "",
) -> Ports:
    """Firestore and Cloud Storage. The adapters share one client for each.

    Args:
        settings: name the project, the databases and the buckets.
        firestore: a client to use instead of a new one.
        storage: a client to use instead of a new one.
        prefix: the first part of the names of all collections.
    """
    clients: dict[str, object] = {"firestore": firestore, "storage": storage}

    def firestore_client() -> "SharedClient[Any]":
        from functions.adapters.gcp import catalog

        clients["firestore"] = clients["firestore"] or catalog.firestore_client(settings.project, settings.database)
        return cast("SharedClient[Any]", clients["firestore"])

    def storage_client() -> "SharedClient[Any]":
        from functions.adapters.gcp import storage

        clients["storage"] = clients["storage"] or storage.storage_client()
        return cast("SharedClient[Any]", clients["storage"])

    def catalog() -> Catalog:
        from functions.adapters.gcp.catalog import FirestoreCatalog

        return FirestoreCatalog(firestore_client(), collection=f"{prefix}images")

    def bucket(role: str) -> Bucket:
        from functions.adapters.gcp.bucket import GcsBucket

        cache_control = settings.renditions_cache.header if role == "renditions" else None
        return GcsBucket(settings.bucket(role), storage_client(), cache_control=cache_control)

    def tickets() -> "Tickets":
        from functions.adapters.gcp.tickets import FirestoreTickets

        return FirestoreTickets(firestore_client(), collection=f"{prefix}tickets")

    def signer() -> "UploadSigner":
        from functions.adapters.gcp.signer import GcsUploadSigner, own_identity

        return GcsUploadSigner(settings.dropbox_bucket, storage_client(), own_identity)

    def counters() -> Counters:
        from functions.adapters.gcp.counters import FirestoreCounters, counters_session

        return FirestoreCounters(counters_session(settings.project), settings.counters_database, prefix=prefix)

    return Ports(catalog, bucket, tickets, signer, counters)


@runtime_checkable
class Closable(Protocol):
    """A service that holds files or connections open."""

    def close(self) -> None: ...


class Wiring:
    """The services for one set of settings. `services`, given by name, replace those that would be built."""

    def __init__(self, settings: Settings, **services: object) -> None:
        self.settings = settings
        self._services = services
        self._lock = RLock()
        self._ports = ports_of(settings)

    def catalog(self) -> Catalog:
        """The entries of the images."""
        return self._once("catalog", self._ports.catalog)

    def originals(self) -> Bucket:
        """The bucket of files that passed the gate. Creations and deletions in it send events."""
        return self._once("originals", lambda: self._ports.bucket("originals"))

    def renditions(self) -> Bucket:
        """The public bucket of files that are derived from the originals."""
        return self._once("renditions", lambda: self._ports.bucket("renditions"))

    def dropbox(self) -> Bucket:
        """The bucket of files that are not ingested yet. Creations in it send events."""
        return self._once("dropbox", lambda: self._ports.bucket("dropbox"))

    def tickets(self) -> "Tickets":
        """The upload tickets and their outcomes."""
        return self._once("tickets", self._ports.tickets)

    def signer(self) -> "UploadSigner":
        """Signs uploads into the dropbox."""
        return self._once("signer", self._ports.signer)

    def counters(self) -> Counters:
        """The counts of views and calls."""
        return self._once("counters", self._ports.counters)

    def hits(self) -> Hits:
        """Counts views and calls in memory, and writes them to the counters."""
        return self._once("hits", lambda: Hits(self.counters))

    def pool(self) -> Pool:
        """The pool from which random images are drawn."""
        return self._once("pool", Pool)

    def key_holder(self, sha256: str) -> Caller | None:
        """The holder of the API key with that SHA-256 (lower-case hexadecimal); None if there is no such key.

        Keys of the settings are valid even while the key file cannot be read.

        Raises:
            Unavailable: the settings do not have the key, and the key file cannot be read.
        """
        found, path = find_holder(sha256, self.settings.keys), self.settings.keys_file
        if found is not None or path is None:
            return found
        return find_holder(sha256, self._once("key file", lambda: KeyFile(path)).keys())

    def close(self) -> None:
        """Write the counts that are only in memory, and close all files and connections."""
        hits = self._services.get("hits")
        if isinstance(hits, Hits):
            hits.flush(FLUSH_AT_THE_END)
        for service in self._services.values():
            if isinstance(service, Closable):
                service.close()

    def _once(self, name: str, build: Callable[[], T]) -> T:
        service = self._services.get(name)
        if service is None:
            with self._lock:
                service = self._services.get(name)
                if service is None:
                    with _without_collection():
                        service = build()
                    self._services[name] = service
        return cast("T", service)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Switch garbage collection off: an import creates many objects but no garbage, so it would only cost time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_current: Wiring | None = None
_lock = RLock()


def wiring() -> Wiring:
    """The services of this process: those that were installed, or else those of the settings in the environment."""
    global _current  # noqa: PLW0603 - the one process-wide state of the package
    with _lock:
        if _current is None:
            _current = Wiring(Settings.from_env())
        return _current


def install(services: Wiring | None) -> None:
    """Make `services` the services of this process; None returns to those of the environment."""
    global _current  # noqa: PLW0603
    with _lock:
        _current = services


@atexit.register
def _end() -> None:
    """Write the last counts when the process ends by itself."""
    if _current is not None:
        _current.close()
