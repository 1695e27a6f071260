"""The composition root: which adapter stands behind which port.

Each part is built when it is first asked for, and its SDK imported there, so that a cold start pays only for what its
function uses. The parts are shared by all threads of an instance.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import RLock
from typing import TypeVar, cast

from functions.config import Backend, Settings
from functions.domain.ports import Bucket, Catalog
from functions.routes import FUNCTIONS
from functions.services.draw import Pool

T = TypeVar("T")

_WATCHED = {each.trigger.bucket for each in FUNCTIONS if each.trigger}
"""Buckets whose events functions are for."""


class Wiring:
    """The parts behind one set of settings; `parts` given by name take the place of what would be built."""

    def __init__(self, settings: Settings, **parts: object) -> None:
        self.settings = settings
        self._parts = parts
        self._lock = RLock()

    def catalog(self) -> Catalog:
        """Entries of images."""
        return self._once("catalog", self._build_catalog)

    def originals(self) -> Bucket:
        """The files that passed the gate; creations and deletions there are events."""
        return self._once("originals", partial(self._build_bucket, "originals", self.settings.originals_bucket))

    def renditions(self) -> Bucket:
        """What was derived from the originals; public."""
        return self._once("renditions", partial(self._build_bucket, "renditions", self.settings.renditions_bucket))

    def pool(self) -> Pool:
        """Where random images are drawn from."""
        return self._once("pool", Pool)

    def _build_catalog(self) -> Catalog:
        if self.settings.backend is Backend.GCP:
            from functions.adapters.firestore_catalog import FirestoreCatalog, firestore_client

            return FirestoreCatalog(firestore_client(self.settings.project, self.settings.database))
        from functions.adapters.sqlite_catalog import SqliteCatalog

        return SqliteCatalog(self.settings.data / "catalog.db")

    def _build_bucket(self, role: str, name: str) -> Bucket:
        if self.settings.backend is Backend.GCP:
            from functions.adapters.gcs_bucket import GcsBucket
            from functions.adapters.gcs_calls import storage_client

            return GcsBucket(name, self._once("storage client", storage_client))
        from functions.adapters.filesystem_bucket import FilesystemBucket

        return FilesystemBucket(self.settings.data / role, name=role, notifies=role in _WATCHED)

    def _once(self, name: str, build: Callable[[], T]) -> T:
        part = self._parts.get(name)
        if part is None:
            with self._lock:
                part = self._parts.get(name)
                if part is None:
                    with _uncollected():
                        part = build()
                    self._parts[name] = part
        return cast("T", part)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection in between: importing an SDK makes nothing but what stays, and each of the many collections
    it would set off walks all of it.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_current: Wiring | None = None
_lock = RLock()


def wiring() -> Wiring:
    """The parts of this process, by the settings in its environment unless others were installed."""
    global _current  # noqa: PLW0603 - the one process-wide state of the package
    with _lock:
        if _current is None:
            _current = Wiring(Settings.from_env())
        return _current


def install(parts: Wiring | None) -> None:
    """Make `parts` those of this process; None goes back to the environment's."""
    global _current  # noqa: PLW0603
    with _lock:
        _current = parts
