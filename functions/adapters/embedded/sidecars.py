"""Sidecars: beside each file of bytes, a small JSON file that says which object the bytes are.

The index holds the same and wins while it exists. When it is lost, `recovery.rebuild` makes it again from the sidecars.
A sidecar is on the disk before the index commits, and its name tells its state:

    blobs/3f/8c….jpg        the bytes
    blobs/3f/8c….json       the sidecar of an object
    blobs/3f/8c….deleted    the same sidecar, once the object was deleted or replaced

A trash needs no other layout: it keeps the bytes beside a sidecar that is marked deleted.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, Final

from functions.adapters.embedded.files import sync_folder, translated
from functions.adapters.embedded.index import Row
from functions.domain.ports import Object

LIVE: Final = ".json"
MARKED: Final = ".deleted"
_UNFINISHED: Final = ".new"
SUFFIXES: Final = frozenset({LIVE, MARKED, _UNFINISHED})
"""What ends the names of files that hold no bytes of an object."""

_BEGIN: Final = '{"generation": '
_WIDTH: Final = 20
"""Characters of the greatest number that the index holds, with room to spare."""
_MOST: Final = 1 << 62
"""SQLite's integers end at twice that, and there must be room for later generations."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What one sidecar says: the row that the index had, and whether the object was deleted since."""

    row: Row
    deleted: bool

    @property
    def version(self) -> tuple[int, int, bool]:
        """Of two sidecars for one name, the one with the greater version is the later."""
        return (self.row.object.generation, self.row.object.metageneration, not self.deleted)


class Sidecars:
    """The sidecars of the files under `folder`. Each call takes the path of the file of bytes, relative to `folder`."""

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
            Unavailable: the file system refuses; the former sidecar is unchanged.
        """
        self._write(row.blob, _to_text(row, str(row.object.generation)))

    def mark_deleted(self, blob: str) -> None:
        """Say that the object is deleted, durably. There may be no sidecar: then there is nothing to mark.

        Raises:
            Unavailable: the file system refuses.
        """
        live = self._path(blob, LIVE)
        with translated("deleted"), suppress(FileNotFoundError):
            deleted = live.replace(live.with_suffix(MARKED))
            os.utime(deleted)  # its age is that of the deletion
            sync_folder(live.parent)

    def unmark(self, blob: str) -> None:
        """Take the mark back, as far as that is possible: the deletion did not happen."""
        deleted = self._path(blob, MARKED)
        with suppress(OSError):
            deleted.replace(deleted.with_suffix(LIVE))

    def remove(self, blob: str) -> None:
        """Remove all that is not the bytes themselves, as far as that is possible."""
        for suffix in SUFFIXES:
            with suppress(OSError):
                self._path(blob, suffix).unlink()

    def read(self, path: str) -> Sidecar | None:
        """The sidecar in the file at `path`; None when it is gone, or was never written to its end.

        Raises:
            Unavailable: the file system refuses.
        """
        with translated("read"):
            try:
                data = (self._folder / path).read_bytes()
            except FileNotFoundError:
                return None
        try:
            return Sidecar(_from_json(json.loads(data), path), path.endswith(MARKED))
        except (ValueError, TypeError, KeyError, RecursionError):
            return None

    def _write(self, blob: str, text: str) -> None:
        path = self._path(blob, LIVE)
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
        "file": PurePath(row.blob).name,
        "type": seen.content_type,
        "size": seen.size,
        "metageneration": seen.metageneration,
        "created": row.created.isoformat(),
        "updated": seen.updated.isoformat(),
        "metadata": dict(seen.metadata),
    }
    return f"{_BEGIN}{generation.rjust(_WIDTH)}, {json.dumps(rest)[1:]}"


def _from_json(value: dict[str, Any], path: str) -> Row:
    numbers = [int(value[each]) for each in ("generation", "metageneration", "size")]
    if not all(0 <= each < _MOST for each in numbers):
        raise ValueError(f"{path} has a number that the index cannot hold")
    str(value["name"]).encode()  # raises a ValueError for what is no text
    seen = Object(
        name=str(value["name"]),
        generation=int(value["generation"]),
        metageneration=int(value["metageneration"]),
        size=int(value["size"]),
        content_type=str(value["type"]),
        updated=_moment(value["updated"]),
        metadata={str(key): str(text) for key, text in dict(value["metadata"]).items()},
    )
    blob = str(PurePath(path).with_name(str(value["file"])))
    return Row(seen, _moment(value["created"]), blob)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
