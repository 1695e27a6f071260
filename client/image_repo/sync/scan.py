"""Finding the photos in folders."""

import errno
import os
import stat
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from image_repo.errors import FileReadError
from image_repo.files import open_file, read_content_type
from image_repo.signatures import SUFFIXES
from image_repo.text import single_line

_SYSTEM_FOLDERS: Final = frozenset({"@eadir", "@recycle", "#recycle", "$recycle.bin", "__macosx"})
"""Names in lower case: thumbnails and recycle bins of network disks and Windows, and the folder that macOS adds to
archives."""
_NOT_FOUND: Final = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR})
_UNKNOWN, _DANGLING = -1, -2
"""Types of files: one that the system does not let us read, and a link whose target does not exist at the moment."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A file to upload.

    Attributes:
        album: its folder, relative to the scanned one; None directly in that.
        problem: why it cannot be read; None if it can.
    """

    path: Path
    album: str | None = None
    problem: str | None = None


@dataclass(slots=True)
class Scan:
    """A walk over files and folders.

    Folders behind symbolic links come last, and no folder is walked twice, so that a photo's album is its real folder
    and loops end. A link to a folder above a root is not followed, because a root means only its own content.

    Attributes:
        skipped: how many files are not photos, by extension; `.` counts hidden files and folders.
    """

    roots: tuple[Path, ...]
    skipped: Counter[str] = field(default_factory=Counter[str])
    _walked: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])

    def photos(self) -> Iterator[Photo]:
        """Each photo, and each folder that cannot be read. A root that is not a folder always counts as a photo."""
        for root in self.roots:
            if file_type(root) == stat.S_IFDIR:
                yield from self._walk(root)
            else:
                yield Photo(root)

    def _walk(self, root: Path) -> Iterator[Photo]:
        above = _identities_above(root)
        folders = deque([root])
        linked: deque[Path] = deque()
        while folders or linked:
            folder = folders.popleft() if folders else linked.popleft()
            try:
                identity = _identity(folder)
                if identity in self._walked or identity in above:
                    continue
                self._walked.add(identity)
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError as error:
                yield Photo(folder, problem=f"The folder cannot be read: {error.strerror or error}.")
                continue
            album = single_line(folder.relative_to(root).as_posix()) if folder != root else None
            for entry in entries:
                path, kind = Path(entry.path), 0 if _is_hidden(entry.name) else file_type(Path(entry.path))
                if kind == stat.S_IFDIR:
                    (linked if entry.is_symlink() else folders).append(path)
                else:
                    yield from self._file(path, kind, album)

    def _file(self, path: Path, kind: int, album: str | None) -> Iterator[Photo]:
        """The photo at a path, if it is one; it is counted if not."""
        if _is_hidden(path.name):
            self.skipped["."] += 1
        elif kind == _UNKNOWN or (kind == stat.S_IFREG and _may_be_photo(path)):
            yield Photo(path, album)
        elif kind == _DANGLING:
            yield Photo(path, album, problem="This is a link to a file or folder that does not exist.")
        else:
            self.skipped[path.suffix.lower()] += 1


def first_missing(paths: Iterable[Path]) -> Path | None:
    """The first path that does not exist; None if all do."""
    return next((each for each in paths if file_type(each) in {0, _DANGLING}), None)


def file_type(path: Path) -> int:
    """The type of a file, links followed (`stat.S_IFREG` and so on); 0 if it does not exist or links to itself."""
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except OSError as error:
        if error.errno not in _NOT_FOUND:
            return _UNKNOWN
        return _DANGLING if error.errno != errno.ELOOP and path.is_symlink() else 0


def _is_hidden(name: str) -> bool:
    """Whether an upload of the folder skips this entry: it is hidden, or contains deleted or generated files."""
    return name.startswith(".") or name.lower() in _SYSTEM_FOLDERS


def _identities_above(folder: Path) -> set[tuple[int, int]]:
    try:
        return {_identity(each) for each in folder.resolve().parents}
    except OSError:  # the working folder was deleted, so it is empty
        return set()


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _may_be_photo(path: Path) -> bool:
    """Whether a file looks like a photo by extension or content, or cannot be read, which the user should learn."""
    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with open_file(path) as file:
            return read_content_type(file) is not None
    except FileReadError:
        return True
