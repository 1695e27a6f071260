"""The composition root: the parts of one process, each built when it is first asked for, shared by all its threads."""

import atexit
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Protocol, TypeVar, cast, runtime_checkable

from functions.adapters.key_file import KeyFile
from functions.backends import parts_of
from functions.config import Settings
from functions.domain.callers import ApiKey
from functions.domain.ports import Bucket, Catalog, Counters
from functions.services.draw import Pool
from functions.services.hits import Hits

if TYPE_CHECKING:
    from functions.domain.tickets import Tickets, UploadSigner

T = TypeVar("T")


@runtime_checkable
class Closable(Protocol):
    """A part that holds files open."""

    def close(self) -> None: ...


class Wiring:
    """The parts behind one set of settings; `parts` given by name take the place of what would be built."""

    def __init__(self, settings: Settings, **parts: object) -> None:
        self.settings = settings
        self._parts = parts
        self._lock = RLock()
        self._backend = parts_of(settings)

    def catalog(self) -> Catalog:
        """Entries of images."""
        return self._once("catalog", self._backend.catalog)

    def originals(self) -> Bucket:
        """The files that passed the gate; creations and deletions there are events."""
        return self._once("originals", lambda: self._backend.bucket("originals"))

    def renditions(self) -> Bucket:
        """What was derived from the originals; public."""
        return self._once("renditions", lambda: self._backend.bucket("renditions"))

    def dropbox(self) -> Bucket:
        """What anybody with a ticket left; creations there are events."""
        return self._once("dropbox", lambda: self._backend.bucket("dropbox"))

    def tickets(self) -> "Tickets":
        """Leave to upload into the dropbox, and what became of it."""
        return self._once("tickets", self._backend.tickets)

    def signer(self) -> "UploadSigner":
        """Who signs uploads into the dropbox."""
        return self._once("signer", self._backend.signer)

    def counters(self) -> Counters:
        """Views and calls."""
        return self._once("counters", self._backend.counters)

    def hits(self) -> Hits:
        """What counts them, in memory first."""
        return self._once("hits", lambda: Hits(self.counters))

    def pool(self) -> Pool:
        """Where random images are drawn from."""
        return self._once("pool", Pool)

    def keys(self) -> Sequence[ApiKey]:
        """The API keys, as they are now.

        Raises:
            Unavailable: they cannot be read.
        """
        path = self.settings.keys_file
        if path is None:
            return self.settings.keys
        return [*self.settings.keys, *self._once("key file", lambda: KeyFile(path)).keys()]

    def close(self) -> None:
        """Write down what only waits in memory, and close the files, so that each database is one file again."""
        hits = self._parts.get("hits")
        if isinstance(hits, Hits):
            hits.flush()
        for part in self._parts.values():
            if isinstance(part, Closable):
                part.close()

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


@atexit.register
def _end() -> None:
    """The process ends by itself: what it counted is not lost."""
    if _current is not None:
        _current.close()
