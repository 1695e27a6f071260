"""The composition root: which adapter stands behind which port.

Each part is built when it is first asked for, and its SDK imported there, so that a cold start pays only for what its
function uses. The parts are shared by all threads of an instance.
"""

from collections.abc import Callable
from threading import RLock
from typing import TypeVar, cast

from functions.config import Settings
from functions.domain.ports import Bucket, Catalog
from functions.services.draw import Pool

T = TypeVar("T")


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
        return self._once("originals", lambda: self._build_bucket("originals", notifies=True))

    def renditions(self) -> Bucket:
        """What was derived from the originals; public."""
        return self._once("renditions", lambda: self._build_bucket("renditions", notifies=False))

    def pool(self) -> Pool:
        """Where random images are drawn from."""
        return self._once("pool", Pool)

    def _build_catalog(self) -> Catalog:
        from functions.adapters.sqlite_catalog import SqliteCatalog

        return SqliteCatalog(self.settings.data / "catalog.db")

    def _build_bucket(self, name: str, *, notifies: bool) -> Bucket:
        from functions.adapters.filesystem_bucket import FilesystemBucket

        return FilesystemBucket(self.settings.data / name, name=name, notifies=notifies)

    def _once(self, name: str, build: Callable[[], T]) -> T:
        part = self._parts.get(name)
        if part is None:
            with self._lock:
                part = self._parts.get(name)
                if part is None:
                    part = self._parts[name] = build()
        return cast("T", part)


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
