"""Immutable files with random names, which contain the bytes of objects."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from functions.domain.errors import StorageFull, Unavailable
from functions.domain.formats import FORMATS

EXTENSIONS: Final = {each.content_type: each.extension for each in FORMATS.values()}
"""Suffixes of files, by the content types of their objects; all others have "bin"."""

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""The errors of the file system for a disk, or a user's quota, that is full."""


class Blobs:
    """Files in `folder`. Each is written once, and identified by its path relative to `folder`.

    Args:
        folder: is created when the first file is written.
        sync_names: whether `write` also syncs the file's name to the disk. Otherwise the caller must do it.
    """

    def __init__(self, folder: Path, *, sync_names: bool = True) -> None:
        self.folder = folder
        self._sync_names = sync_names

    def write(self, data: bytes, content_type: str) -> str:
        """Write a new file and sync it to the disk.

        Returns:
            Its path.

        Raises:
            Unavailable: the file system refuses. The file does not exist then.
        """
        name = os.urandom(16).hex()
        blob = f"{name[:2]}/{name[2:]}.{EXTENSIONS.get(content_type, 'bin')}"
        with translated("written"):
            try:
                self._write(self.folder / blob, data)
            except BaseException:
                self.remove(blob)
                raise
        return blob

    def read(self, blob: str) -> bytes | None:
        """All bytes of a file; None if it does not exist.

        Raises:
            Unavailable: the file system refuses.
        """
        with translated("read"):
            try:
                with (self.folder / blob).open("rb", buffering=0) as file:
                    return file.read()
            except FileNotFoundError:
                return None

    def size(self, blob: str) -> int | None:
        """The size of a file in bytes; None if it does not exist.

        Raises:
            Unavailable: the file system refuses.
        """
        with translated("read"):
            try:
                return (self.folder / blob).stat().st_size
            except FileNotFoundError:
                return None

    def path(self, blob: str) -> str:
        """The path for messages: relative to the parent of `folder`."""
        return f"{self.folder.name}/{blob}"

    def remove(self, blob: str) -> None:
        """Remove a file. If that fails, the file is left over, and `make fsck` finds it."""
        with suppress(OSError):
            (self.folder / blob).unlink()

    def erase(self, blob: str) -> None:
        """Remove a file, which need not exist.

        Raises:
            Unavailable: the file system refuses.
        """
        with translated("removed"):
            (self.folder / blob).unlink(missing_ok=True)

    def move(self, blob: str, folder: Path) -> None:
        """Move a file, and the files with its name and other suffixes, to another folder, which may not exist yet.

        Raises:
            Unavailable: the file system refuses.
        """
        path = self.folder / blob
        with translated("moved"):
            folder.mkdir(parents=True, exist_ok=True)
            for each in path.parent.glob(f"{path.stem}.*"):
                each.replace(folder / f"{path.parent.name}{each.name}")
            sync_folder(folder)

    def is_older(self, path: str, seconds: float) -> bool:
        """Whether a file was written at least so many seconds ago; False if it does not exist."""
        try:
            return (self.folder / path).stat().st_mtime <= time.time() - seconds
        except OSError:
            return False

    def list(self) -> Iterator[list[str]]:
        """The paths of all files, in order: one list for each subfolder.

        Raises:
            Unavailable: the file system refuses.
        """
        with translated("listed"):
            subfolders = sorted(each for each in self.folder.iterdir() if each.is_dir()) if self.folder.is_dir() else []
            for each in subfolders:
                yield sorted(f"{each.name}/{file.name}" for file in each.iterdir())

    def _write(self, path: Path, data: bytes) -> None:
        try:
            file = path.open("xb")
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.folder, self.folder.parent):
                sync_folder(folder)
            file = path.open("xb")
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if self._sync_names:
            sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def translated(done: str) -> Iterator[None]:
    """Turn an error of the file system into `Unavailable`. `done` completes its message: "cannot be read"."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull from error
        where = f" ({'/'.join(Path(str(error.filename)).parts[-2:])})" if error.filename else ""
        raise Unavailable(
            f"The object's bytes cannot be {done} right now: {error.strerror}{where}. Try again later."
        ) from error
