"""Immutable files with names of our own: the bytes of objects, whatever the objects are called."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from functions.domain.errors import Unavailable
from functions.domain.formats import FORMATS

EXTENSIONS: Final = {each.content_type: each.extension for each in FORMATS.values()}
"""Suffixes of files, by the content types of their objects; all others have "bin"."""


class Blobs:
    """Files under `folder`, each written once and known by its path relative to it.

    Args:
        sync_names: whether `write` puts the file's name on the disk too; otherwise what follows it has to.
    """

    def __init__(self, folder: Path, *, sync_names: bool = True) -> None:
        self.folder = folder
        self._sync_names = sync_names

    def write(self, data: bytes, content_type: str) -> str:
        """Path of a new file, which is on the disk to the last byte.

        Raises:
            Unavailable: the file system refuses; nothing is left of it.
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
        """All bytes of a file, None when it is not there.

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
        """How many bytes a file has, None when it is not there.

        Raises:
            Unavailable: the file system refuses.
        """
        with translated("read"):
            try:
                return (self.folder / blob).stat().st_size
            except FileNotFoundError:
                return None

    def path(self, blob: str) -> str:
        """The path to show to a person: relative to the folder that holds ours."""
        return f"{self.folder.name}/{blob}"

    def remove(self, blob: str) -> None:
        """Remove a file as far as that is possible; what stays is left over, and `make fsck` finds it."""
        with suppress(OSError):
            (self.folder / blob).unlink()

    def move(self, blob: str, folder: Path) -> None:
        """Move a file, and those of the same name with other suffixes, to another folder, which is made if need be.

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
        """Whether a file was written at least that long ago; False when it is gone."""
        try:
            return (self.folder / path).stat().st_mtime <= time.time() - seconds
        except OSError:
            return False

    def list(self) -> Iterator[list[str]]:
        """The paths of all files, in lists of those of one subfolder, in order.

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
    """Put the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def translated(done: str) -> Iterator[None]:
    """Make `Unavailable` of what the file system refuses; `done` is what could not be done to the bytes."""
    try:
        yield
    except OSError as error:
        where = f" ({'/'.join(Path(str(error.filename)).parts[-2:])})" if error.filename else ""
        raise Unavailable(f"The object's bytes cannot be {done} right now: {error.strerror}{where}.") from error
