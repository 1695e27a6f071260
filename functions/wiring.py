"""The composition root: the parts of one process. Each is built on first use and shared by all threads."""

import atexit
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, TypeVar, cast

from functions.adapters.key_file import KeyFile
from functions.backends import parts_of
from functions.config import Settings
from functions.domain.callers import Caller, find_holder
from functions.domain.ports import Bucket, Catalog, Counters
from functions.services.draw import Pool
from functions.services.hits import Hits

if TYPE_CHECKING:
    from functions.domain.tickets import Tickets, UploadSigner

T = TypeVar("T")


class Wiring:
    """The parts for one set of settings. `parts`, given by name, replace the parts that would be built."""

    def __init__(self, settings: Settings, **parts: object) -> None:
        self.settings = settings
        self._parts = parts
        self._lock = RLock()
        self._backend = parts_of(settings)

    def catalog(self) -> Catalog:
        """The entries of the images."""
        return self._once("catalog", self._backend.catalog)

    def originals(self) -> Bucket:
        """The bucket of files that passed the gate. Creations and deletions in it are events."""
        return self._once("originals", lambda: self._backend.bucket("originals"))

    def renditions(self) -> Bucket:
        """The public bucket of files that are derived from the originals."""
        return self._once("renditions", lambda: self._backend.bucket("renditions"))

    def dropbox(self) -> Bucket:
        """The bucket of files that uploaders left. Creations in it are events."""
        return self._once("dropbox", lambda: self._backend.bucket("dropbox"))

    def tickets(self) -> "Tickets":
        """The upload tickets and their outcomes."""
        return self._once("tickets", self._backend.tickets)

    def signer(self) -> "UploadSigner":
        """Signs uploads into the dropbox."""
        return self._once("signer", self._backend.signer)

    def counters(self) -> Counters:
        """The counts of views and calls."""
        return self._once("counters", self._backend.counters)

    def hits(self) -> Hits:
        """Counts views and calls, first in memory."""
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
        """Write what is only in memory to the counters."""
        hits = self._parts.get("hits")
        if isinstance(hits, Hits):
            hits.flush()

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
    """Disable garbage collection meanwhile: an import of an SDK creates only objects that stay, and each of the many
    collections that it triggers would visit all of them.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_current: Wiring | None = None
_lock = RLock()


def wiring() -> Wiring:
    """The parts of this process: those that were installed, or else those for the settings in its environment."""
    global _current  # noqa: PLW0603 - the one process-wide state of the package
    with _lock:
        if _current is None:
            _current = Wiring(Settings.from_env())
        return _current


def install(parts: Wiring | None) -> None:
    """Make `parts` the parts of this process. None returns to those for its environment."""
    global _current  # noqa: PLW0603
    with _lock:
        _current = parts


@atexit.register
def _end() -> None:
    """Save the counts when the process ends."""
    if _current is not None:
        _current.close()
