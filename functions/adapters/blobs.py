"""Immutable files with names of our own: the bytes of objects, whatever the objects are called."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from functions.domain.errors import Unavailable
from functions.domain.formats import FORMATS

_EXTENSIONS: Final = {each.content_type: each.extension for each in FORMATS.values()}


class Blobs:
    """Files under `folder`, each written once and known by its path relative to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, data: bytes, content_type: str) -> str:
        """Path of a new file, which is on the disk to the last byte, its name included.

        Raises:
            Unavailable: the file system refuses; nothing is left of it.
        """
        name = os.urandom(16).hex()
        blob = f"{name[:2]}/{name[2:]}.{_EXTENSIONS.get(content_type, 'bin')}"
        with _translated("written"):
            try:
                self._write(self._folder / blob, data)
            except BaseException:
                self.remove(blob)
                raise
        return blob

    def read(self, blob: str) -> bytes | None:
        """All bytes of a file, None when it is not there.

        Raises:
            Unavailable: the file system refuses.
        """
        with _translated("read"):
            try:
                with (self._folder / blob).open("rb", buffering=0) as file:
                    return file.read()
            except FileNotFoundError:
                return None

    def size(self, blob: str) -> int | None:
        """How many bytes a file has, None when it is not there.

        Raises:
            Unavailable: the file system refuses.
        """
        with _translated("read"):
            try:
                return (self._folder / blob).stat().st_size
            except FileNotFoundError:
                return None

    def path(self, blob: str) -> str:
        """Where a file is, for people: relative to the folder that ours is in."""
        return f"{self._folder.name}/{blob}"

    def remove(self, blob: str) -> None:
        """Remove a file as far as that is possible; what stays is an orphan, which `older_than` will find."""
        with suppress(OSError):
            (self._folder / blob).unlink()

    def older_than(self, seconds: float) -> Iterator[str]:
        """Paths of the files that were written at least that long ago.

        Raises:
            Unavailable: the file system refuses.
        """
        latest = time.time() - seconds
        with _translated("listed"):
            for path in self._folder.glob("*/*"):
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime <= latest:
                        yield str(path.relative_to(self._folder))

    def _write(self, path: Path, data: bytes) -> None:
        try:
            file = path.open("xb")
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self._folder, self._folder.parent):
                _sync_folder(folder)
            file = path.open("xb")
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated(done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"The object's bytes cannot be {done} right now: {error.strerror}.") from error
