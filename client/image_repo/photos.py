"""The photos of folders: found, opened, hashed."""

import errno
import hashlib
import os
import re
import stat
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from image_repo.errors import CannotRead
from image_repo.formats import SIGNATURE, SUFFIXES, content_type

_BLOCK: Final = 1 << 20
"""Bytes."""
_NO_CHARACTER: Final = re.compile("[\ud800-\udfff]")
"""Python keeps bytes that are no text as surrogates, which no encoding takes."""
_NOT_IN_A_NAME: Final = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
_MAX_NAME, _MAX_SUFFIX = 255, 32
"""Bytes (UTF-8): of a file name that the service takes, and of what we take for its extension."""
_NOT_OURS: Final = frozenset({"@eadir", "@recycle", "#recycle", "$recycle.bin", "__macosx"})
"""Names, in lower case: thumbnails and bins of network disks, Windows' bin, what a Mac adds to archives."""
_NOTHING: Final = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR})
_UNKNOWN, _DANGLING = -1, -2
"""The types of what the system does not let us look at, and of a link to what is not there: perhaps not just now."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A file to upload.

    Attributes:
        album: the folder that it is in, relative to the one that was named; None right there.
        problem: why it cannot be read, if so.
    """

    path: Path
    album: str | None = None
    problem: str | None = None


@dataclass(slots=True)
class Search:
    """A walk over files and folders.

    Folders behind symbolic links are walked last, and none twice, so that a photo's album is its real folder, and loops
    end. A link to a folder above the one that was named is left out: whoever names a folder means what is in it.

    Attributes:
        left_out: how many files are no photos, by their extension; `.` for hidden ones, and folders.
    """

    roots: tuple[Path, ...]
    left_out: Counter[str] = field(default_factory=Counter)
    _walked: set[tuple[int, int]] = field(default_factory=set)

    def photos(self) -> Iterator[Photo]:
        """Each photo, and each folder that cannot be read, as the walk comes to it. A file that was named is one."""
        for root in self.roots:
            if _kind(root) == stat.S_IFDIR:
                yield from self._walk(root)
            else:
                yield Photo(root)

    def _walk(self, root: Path) -> Iterator[Photo]:
        above = _above(root)
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
                yield Photo(folder, problem=f"The folder cannot be read: {error.strerror}.")
                continue
            for entry in entries:
                if _is_hidden(entry.name):
                    self.left_out["."] += 1
                    continue
                path = Path(entry.path)
                kind = _kind(path)
                if kind == stat.S_IFDIR:
                    (linked if entry.is_symlink() else folders).append(path)
                elif kind == _UNKNOWN or (kind == stat.S_IFREG and _looks_like_a_photo(path)):
                    yield Photo(path, _album(folder, root))
                elif kind == _DANGLING:
                    yield Photo(path, _album(folder, root), problem="It is a link to what is not there.")
                else:
                    self.left_out[path.suffix.lower()] += 1


def opened(path: Path) -> BinaryIO:
    """The file, to be read.

    Raises:
        CannotRead: it is not there, not ours to read, or not a file.
    """
    try:
        return open(path, "rb", opener=_descriptor)
    except OSError as error:
        raise CannotRead.because(error) from error


def type_of(file: BinaryIO) -> str | None:
    """The media type, by the bytes that come next; None when it is no image that the service takes.

    Raises:
        CannotRead: the disk fails.
    """
    try:
        return content_type(file.read(SIGNATURE))
    except OSError as error:
        raise CannotRead.because(error) from error


def sha256_of(path: Path, check: Callable[[], None] = lambda: None) -> str:
    """The SHA-256 of a file, in hexadecimal; `check` is called now and then, and may raise.

    Raises:
        CannotRead: the file cannot be read.
    """
    digest = hashlib.sha256()
    with opened(path) as file:
        try:
            while block := file.read(_BLOCK):
                digest.update(block)
                check()
        except OSError as error:
            raise CannotRead.because(error) from error
    return digest.hexdigest()


def missing(paths: Iterable[Path]) -> Path | None:
    """The first of the paths where there is nothing."""
    return next((each for each in paths if _kind(each) in {0, _DANGLING}), None)


def meant(typed: str) -> Path:
    """The path that somebody typed; not every shell expands the tilde of `DIR=~/photos`.

    What there is under that very name comes first, since `image-repo upload *` may name a folder `~`; nor is `./~` the
    home, as it would be to `Path.expanduser`.
    """
    return path if _kind(path := Path(typed)) else Path(os.path.expanduser(typed))  # noqa: PTH111


def text(name: str) -> str:
    """What the system gave us, as text that can be sent: bytes that are no UTF-8 become replacement characters."""
    return _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", name)


def line(name: str) -> str:
    """A name as text on one line: control characters, which folders and files may have, are replaced, too."""
    return _NOT_IN_A_NAME.sub("\N{REPLACEMENT CHARACTER}", text(name))


def name_of(path: Path) -> str:
    """The name of a file, such as the service takes; the end of one that is too long goes, but for its extension."""
    name, suffix = line(path.name), line(path.suffix)
    if len(name.encode()) <= _MAX_NAME:
        return name
    kept = suffix if len(suffix.encode()) <= _MAX_SUFFIX else ""
    return name.encode()[: _MAX_NAME - len(kept.encode())].decode("utf-8", "ignore") + kept


def _descriptor(path: str, flags: int) -> int:
    """Of a regular file; a pipe would be waited for until there is somebody at its other end, and perhaps for ever."""
    file = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # which Windows does not have
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    raise CannotRead("It is a pipe, a device or a folder, and no file. Save what comes out of it to one first.")


def _album(folder: Path, root: Path) -> str | None:
    return line(folder.relative_to(root).as_posix()) if folder != root else None


def _is_hidden(name: str) -> bool:
    """Whether people do not mean it by the folder that it is in: above all, what they threw away."""
    return name.startswith(".") or name.lower() in _NOT_OURS


def _above(folder: Path) -> set[tuple[int, int]]:
    try:
        return {_identity(each) for each in folder.resolve().parents}
    except OSError:  # the working folder was removed, and nothing is in it
        return set()


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _kind(path: Path) -> int:
    """The type of what is there, links followed (`stat.S_IFREG` …); 0 for nothing, and for a link to itself."""
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except OSError as error:
        if error.errno not in _NOTHING:
            return _UNKNOWN
        return _DANGLING if error.errno != errno.ELOOP and path.is_symlink() else 0


def _looks_like_a_photo(path: Path) -> bool:
    """By its name or by its first bytes; what cannot be read is not left out, for nobody would hear of it."""
    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with opened(path) as file:
            return type_of(file) is not None
    except CannotRead:
        return True
