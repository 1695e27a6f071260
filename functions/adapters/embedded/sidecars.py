"""Sidecars: next to the file with an object's content, a small JSON file describes the object.

The index has the same data, and is used while it exists. If it is lost, `recovery.rebuild` rebuilds it from the
sidecars. A sidecar is on the disk before the index commits. Its suffix shows its state:

    blobs/3f/8c….jpg        the bytes
    blobs/3f/8c….json       the sidecar of an object
    blobs/3f/8c….deleted    the same sidecar, after the object was deleted or replaced

A trash needs no other layout: it keeps the bytes of an object whose sidecar is marked deleted.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, Final

from functions.adapters.embedded.files import EXTENSIONS, sync_folder, translated
from functions.adapters.embedded.index import Row
from functions.domain.ports import Object

LIVE: Final = ".json"
MARKED: Final = ".deleted"
_UNFINISHED: Final = ".new"
SUFFIXES: Final = frozenset({LIVE, MARKED, _UNFINISHED})
"""The suffixes of files that do not contain an object's bytes."""

Version = tuple[int, int, bool]

_BEGIN: Final = '{"generation": '
_WIDTH: Final = 20
"""Characters of the greatest number that the index holds, with room to spare."""
_MOST: Final = 1 << 62
"""SQLite's integers end at twice that, and there must be room for later generations."""


@dataclass(frozen=True, slots=True)
class Files:
    """What is in one subfolder under one name: files of bytes, of which there should be one, and sidecars.

    Attributes:
        stem: their common path, without a suffix.
        blobs: paths of the files of bytes.
        suffixes: of the other files.
    """

    stem: str
    blobs: tuple[str, ...]
    suffixes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The content of a sidecar: the row that the index had, and whether the object was deleted since.

    Attributes:
        whole: whether the file with the content exists and has the size that the sidecar states.
    """

    row: Row
    whole: bool
    deleted: bool

    @property
    def version(self) -> Version:
        """Orders the sidecars for one name: the one with the greater version is the later.

        Of two sidecars for the same state, the one whose bytes exist is the later. The other one is a copy without
        bytes, or the mark of a deletion that was not committed.
        """
        return (self.row.object.generation, self.row.object.metageneration, not self.deleted and self.whole)


def group(paths: Iterable[str]) -> list[Files]:
    """The files of one subfolder, by their names."""
    found: dict[str, tuple[list[str], set[str]]] = {}
    for path in paths:
        stem, suffix = stem_of(path), PurePath(path).suffix
        blobs, suffixes = found.setdefault(stem, ([], set()))
        if suffix in SUFFIXES:
            suffixes.add(suffix)
        else:
            blobs.append(path)
    return [Files(stem, tuple(blobs), frozenset(suffixes)) for stem, (blobs, suffixes) in found.items()]


def stem_of(path: str) -> str:
    """The path without its suffix."""
    return str(PurePath(path).with_suffix(""))


class Sidecars:
    """The sidecars in `folder`. The methods take the path of the file with the content, relative to `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self, row: Row) -> None:
        """Write the sidecar of a new file without the generation. The names of both files are on the disk then.

        Until `complete`, the sidecar cannot be read. So all but one short write happens before the index is locked.

        Raises:
            Unavailable: the file system refuses.
        """
        self._write(row.blob, _to_text(row, ""))

    def complete(self, row: Row) -> None:
        """Add the generation to a sidecar that was prepared; it is on the disk.

        Raises:
            Unavailable: the file system refuses.
        """
        with translated("written"), self._path(row.blob, LIVE).open("r+b") as file:
            file.seek(len(_BEGIN))
            file.write(str(row.object.generation).rjust(_WIDTH).encode())
            file.flush()
            os.fdatasync(file.fileno())

    def write(self, row: Row) -> None:
        """Write or replace the sidecar of `row.blob`; it is on the disk.

        Raises:
            Unavailable: the file system refuses. The former sidecar is unchanged.
        """
        self._write(row.blob, _to_text(row, str(row.object.generation)))

    def mark_deleted(self, blob: str) -> None:
        """Mark the object as deleted, durably. Nothing happens if there is no sidecar.

        Raises:
            Unavailable: the file system refuses.
        """
        live = self._path(blob, LIVE)
        with translated("deleted"), suppress(FileNotFoundError):
            deleted = live.replace(live.with_suffix(MARKED))
            os.utime(deleted)  # so that its age counts from the deletion
            sync_folder(live.parent)

    def erase(self, row: Row) -> None:
        """Take the description of a deleted object out of its mark, durably. Nothing happens if there is no mark.

        Raises:
            Unavailable: the file system refuses. The former mark is unchanged.
        """
        if self._path(row.blob, MARKED).exists():
            bare = replace(row, object=replace(row.object, metadata={}))
            self._write(row.blob, _to_text(bare, str(row.object.generation)), MARKED)

    def unmark(self, blob: str) -> None:
        """Remove the mark, because the deletion did not happen. Errors of the file system are ignored."""
        deleted = self._path(blob, MARKED)
        with suppress(OSError):
            deleted.replace(deleted.with_suffix(LIVE))

    def remove(self, blob: str) -> None:
        """Remove the sidecars of a file. Errors of the file system are ignored."""
        for suffix in SUFFIXES:
            with suppress(OSError):
                self._path(blob, suffix).unlink()

    def read(self, files: Files, suffix: str) -> Sidecar | None:
        """The sidecar with that suffix among `files`; None if it does not exist, is incomplete, or is invalid.

        A sidecar describes the file with the same name, so that it cannot describe those of another object. If
        a restored backup has left several files with that name, it describes the one with the size that it states.

        Raises:
            Unavailable: the file system refuses.
        """
        with translated("read"):
            try:
                data = (self._folder / f"{files.stem}{suffix}").read_bytes()
            except (FileNotFoundError, IsADirectoryError):
                return None
            sizes = {blob: (self._folder / blob).stat().st_size for blob in files.blobs}
        try:
            seen, created = _from_json(json.loads(data))
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            return None
        whole = [blob for blob, size in sizes.items() if size == seen.size]
        missing = f"{files.stem}.{EXTENSIONS.get(seen.content_type, 'bin')}"
        blob = (*whole, *files.blobs, missing)[0]
        return Sidecar(Row(seen, created, blob), whole=bool(whole), deleted=suffix == MARKED)

    def _write(self, blob: str, text: str, suffix: str = LIVE) -> None:
        path = self._path(blob, suffix)
        unfinished = path.with_suffix(_UNFINISHED)
        with translated("written"):
            try:
                with unfinished.open("w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(path)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
            sync_folder(path.parent)

    def _path(self, blob: str, suffix: str) -> Path:
        return (self._folder / blob).with_suffix(suffix)


def _to_text(row: Row, generation: str) -> str:
    """JSON whose first member is the generation, in a place of a fixed width."""
    seen = row.object
    rest = {
        "name": seen.name,
        "type": seen.content_type,
        "size": seen.size,
        "metageneration": seen.metageneration,
        "created": row.created.isoformat(),
        "updated": seen.updated.isoformat(),
        "metadata": dict(seen.metadata),
    }
    return f"{_BEGIN}{generation.rjust(_WIDTH)}, {json.dumps(rest)[1:]}"


def _from_json(value: dict[str, Any]) -> tuple[Object, datetime]:
    """The object and the time of its creation.

    Raises:
        KeyError, OverflowError, TypeError, ValueError: the index could not hold it.
    """
    generation, metageneration, size = (_number(value[each]) for each in ("generation", "metageneration", "size"))
    updated, created = (_moment(value[each]) for each in ("updated", "created"))
    metadata = {_text(key): _text(text) for key, text in dict(value["metadata"]).items()}
    name = _text(value["name"])
    if not name:
        raise ValueError("an object without a name")
    return Object(name, generation, metageneration, size, _text(value["type"]), updated, metadata), created


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < _MOST:
        raise ValueError(f"{value!r} is not an integer of 64 bits, as the index needs")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    value.encode()  # a lone surrogate is a ValueError
    return value


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
