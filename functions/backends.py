"""What can stand behind the ports: SQLite and the file system, or Firestore and Cloud Storage.

Each part imports its SDK when it is built, so that a cold start pays only for what its function uses.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from functions.config import Backend, Settings
from functions.domain.ids import IMMUTABLE
from functions.domain.ports import Bucket, Catalog, Counters
from functions.routes import FUNCTIONS

if TYPE_CHECKING:
    from google.cloud.firestore import Client as FirestoreClient
    from google.cloud.storage import Client as StorageClient

    from functions.adapters.filesystem_bucket import FilesystemBucket
    from functions.adapters.shared import Shared
    from functions.domain.tickets import Tickets, UploadSigner

_WATCHED = {each.trigger.bucket for each in FUNCTIONS if each.trigger}
"""Buckets whose events functions are for, by their roles."""


class Parts(Protocol):
    """Builds the parts of one backend; each anew at every call."""

    def catalog(self) -> Catalog: ...

    def bucket(self, role: str) -> Bucket:
        """The bucket of that role: originals, renditions or dropbox."""

    def tickets(self) -> "Tickets": ...

    def signer(self) -> "UploadSigner": ...

    def counters(self) -> Counters: ...


def parts_of(settings: Settings) -> Parts:
    """The parts of the backend that the settings name."""
    return CloudParts(settings) if settings.backend is Backend.GCP else EmbeddedParts(settings.data)


class EmbeddedParts:
    """SQLite and the file system, in the folder `data`."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def catalog(self) -> Catalog:
        from functions.adapters.sqlite_catalog import SqliteCatalog

        return SqliteCatalog(self._data / "catalog.db")

    def bucket(self, role: str) -> "FilesystemBucket":
        from functions.adapters.filesystem_bucket import FilesystemBucket

        return FilesystemBucket(self._data / role, name=role, notifies=role in _WATCHED, derived=role == "renditions")

    def tickets(self) -> "Tickets":
        from functions.adapters.sqlite_tickets import SqliteTickets

        return SqliteTickets(self._data / "tickets.db")

    def signer(self) -> "UploadSigner":
        from functions.adapters.local_signing import LocalSigner

        return LocalSigner(self._data / "signing-secret")

    def counters(self) -> Counters:
        from functions.adapters.sqlite_counters import SqliteCounters

        return SqliteCounters(self._data / "counters.db")


class CloudParts:
    """Firestore and Cloud Storage; parts of one service share its client."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._firestore_client: Shared[FirestoreClient] | None = None
        self._storage_client: Shared[StorageClient] | None = None

    def catalog(self) -> Catalog:
        from functions.adapters.firestore_catalog import FirestoreCatalog

        return FirestoreCatalog(self._firestore())

    def bucket(self, role: str) -> Bucket:
        from functions.adapters.gcs_bucket import GcsBucket

        cache_control = IMMUTABLE if role == "renditions" else None
        return GcsBucket(self._settings.bucket(role), self._storage(), cache_control=cache_control)

    def tickets(self) -> "Tickets":
        from functions.adapters.firestore_tickets import FirestoreTickets

        return FirestoreTickets(self._firestore())

    def signer(self) -> "UploadSigner":
        from functions.adapters.signing import GcsUploadSigner, own_identity

        return GcsUploadSigner(self._settings.dropbox_bucket, self._storage(), own_identity)

    def counters(self) -> Counters:
        from functions.adapters.firestore_counters import FirestoreCounters, counters_session

        return FirestoreCounters(counters_session(), self._settings.project, self._settings.counters_database)

    def _firestore(self) -> "Shared[FirestoreClient]":
        from functions.adapters.firestore_catalog import firestore_client

        if self._firestore_client is None:
            self._firestore_client = firestore_client(self._settings.project, self._settings.database)
        return self._firestore_client

    def _storage(self) -> "Shared[StorageClient]":
        from functions.adapters.gcs_calls import storage_client

        if self._storage_client is None:
            self._storage_client = storage_client()
        return self._storage_client
