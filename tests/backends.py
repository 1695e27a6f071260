"""What a service of the tests can stand on: each backend makes a repository of its own, empty, as often as asked."""

import os
import secrets
from pathlib import Path
from typing import NamedTuple, Protocol

import requests

from functions.adapters.filesystem_bucket import FilesystemBucket
from functions.adapters.firestore_catalog import FirestoreCatalog, firestore_client
from functions.adapters.gcs_bucket import GcsBucket
from functions.adapters.gcs_calls import storage_client
from functions.adapters.outbox import Outbox
from functions.adapters.sqlite_catalog import SqliteCatalog
from functions.domain.ports import Bucket, Catalog
from local.notifying import NotifyingBucket


class CatalogPart(Catalog, Protocol):
    def close(self) -> None: ...


class BucketPart(Bucket, Protocol):
    def close(self) -> None: ...


class OriginalsPart(BucketPart, Protocol):
    @property
    def outbox(self) -> Outbox: ...


class Parts(NamedTuple):
    """The three parts of one repository."""

    catalog: CatalogPart
    originals: OriginalsPart
    renditions: BucketPart


class Backend(Protocol):
    """Makes repositories."""

    def parts(self, folder: Path) -> Parts:
        """The parts of a new one; whatever it keeps on this machine is in `folder`."""


class Embedded:
    """SQLite and the file system."""

    def parts(self, folder: Path) -> Parts:
        return Parts(
            SqliteCatalog(folder / "catalog.db"),
            FilesystemBucket(folder / "originals", name="originals", notifies=True),
            FilesystemBucket(folder / "renditions", name="renditions"),
        )


class Cloud:
    """Firestore and Cloud Storage, at addresses that answer like them."""

    def __init__(self, firestore_host: str, storage_url: str) -> None:
        os.environ["FIRESTORE_EMULATOR_HOST"] = firestore_host
        self._database = firestore_client("demo-service")
        self._storage = storage_client(storage_url)
        self._storage_url = storage_url

    def parts(self, folder: Path) -> Parts:
        one = secrets.token_hex(8)
        originals, renditions = (self._bucket(f"{name}-{one}") for name in ("originals", "renditions"))
        return Parts(
            FirestoreCatalog(self._database, collection=f"images-{one}"),
            NotifyingBucket(GcsBucket(originals, self._storage), folder / "events.db", name="originals"),
            GcsBucket(renditions, self._storage),
        )

    def _bucket(self, name: str) -> str:
        created = requests.post(f"{self._storage_url}/storage/v1/b?project=demo", json={"name": name}, timeout=10)
        created.raise_for_status()
        return name
