"""A file that takes up space on the disk, so that a full disk still has room for deletions.

A deletion needs a little space before it frees any: SQLite appends to its log. When the disk is full, the file is
removed, and the deletion has its space. While the file is missing, nothing else may write, because an upload would take
that space at once. The file is created again as soon as there is enough space.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from functions.domain.errors import StorageFull

T = TypeVar("T")

SIZE: Final = 4 * 1024 * 1024
"""Bytes. SQLite's log grows to about as many before it is used again from its start."""


class Reserve:
    """The reserve of one data folder, for all databases and buckets in it.

    Args:
        path: of the file; None means that there is no reserve.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept = False
        self._lock = Lock()

    def keep(self) -> bool:
        """Keep the reserve from now on, as the server does; False if there is not enough space for it now."""
        self._kept = True
        return self._restore()

    def require(self) -> None:
        """Check that there is space for more than deletions.

        Raises:
            StorageFull: the reserve is kept, but it is missing and cannot be created now.
        """
        if not self._restore():
            raise StorageFull

    def spend(self, act: Callable[[], T], make_room: Callable[[], None]) -> T:
        """The result of `act`, which frees space. If the disk is full, it is called again with the reserve's space.

        Args:
            act: must leave nothing behind if it raises.
            make_room: called before the second attempt.

        Raises:
            StorageFull: there is not enough space even without the reserve.
        """
        try:
            return act()
        except StorageFull:
            self._release()
            make_room()
            return act()
        finally:
            self._restore()

    def _release(self) -> None:
        with self._lock, suppress(OSError):
            if self._path:
                self._path.unlink()

    def _restore(self) -> bool:
        """Create the file if it is kept and missing; False if there is not enough space."""
        if not self._kept or self._path is None or _size(self._path) == SIZE:
            return True
        with self._lock:
            return _size(self._path) == SIZE or _create(self._path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _create(path: Path) -> bool:
    """Create the file, but only if as much space is left beside it. So it is not released again at once."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        found = os.statvfs(path.parent)
        if found.f_bavail * found.f_frsize < 2 * SIZE:
            return False
        with path.open("wb") as file:
            file.write(os.urandom(SIZE))  # a file system that compresses would keep no space for zeros
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            path.unlink()
        return False
    return True
