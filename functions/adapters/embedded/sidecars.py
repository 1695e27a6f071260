"""Sidecars: next to each file of bytes, a small JSON file describes the object that the bytes belong to.

The index has the same data, and is used while it exists. If it is lost, `recovery.rebuild` rebuilds it from the
sidecars. A sidecar is on the disk before the index commits. Its suffix shows its state:

    blobs/3f/8c….jpg        the bytes
    blobs/3f/8c….json       the sidecar of an object
    blobs/3f/8c….deleted    the same sidecar, after the object was deleted or replaced

A trash needs no other layout: it keeps the bytes of an object whose sidecar is marked deleted.
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
"""The suffixes of files that do not contain an object's bytes."""

_LIMIT: Final = 1 << 62
"""The bound of numbers in a sidecar: half of SQLite's largest integer, which leaves room for later generations."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The content of one sidecar: the row of the index, and whether the object was deleted later."""

    row: Row
    deleted: bool

    @property
    def version(self) -> tuple[int, int, bool]:
        """The version: of two sidecars for one name, the later one has the greater version."""
        return (self.row.object.generation, self.row.object.metageneration, not self.deleted)


class Sidecars:
    """The sidecars in `folder`. The methods take the path of the file of bytes, relative to `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, row: Row) -> None:
        """Write or replace the sidecar of `row.blob`. It also syncs the name of the file of bytes to the disk.

        Raises:
            Unavailable: the file system refuses. The former sidecar is unchanged.
        """
        path = self._path(row.blob, LIVE)
        unfinished = path.with_suffix(_UNFINISHED)
        with translated("written"):
            try:
                with unfinished.open("w", encoding="utf-8") as file:
                    json.dump(_to_json(row), file)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(path)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
            sync_folder(path.parent)

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

    def read(self, path: str) -> Sidecar | None:
        """The sidecar in the file at `path`; None if it is gone or incomplete.

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

    def _path(self, blob: str, suffix: str) -> Path:
        return (self._folder / blob).with_suffix(suffix)


def _to_json(row: Row) -> dict[str, object]:
    item = row.object
    return {
        "name": item.name,
        "file": PurePath(row.blob).name,
        "type": item.content_type,
        "size": item.size,
        "generation": item.generation,
        "metageneration": item.metageneration,
        "created": row.created.isoformat(),
        "updated": item.updated.isoformat(),
        "metadata": dict(item.metadata),
    }


def _from_json(value: dict[str, Any], path: str) -> Row:
    numbers = [int(value[each]) for each in ("generation", "metageneration", "size")]
    if not all(0 <= each < _LIMIT for each in numbers):
        raise ValueError(f"{path} has a number that the index cannot store")
    str(value["name"]).encode()  # raises a ValueError if the name is not valid Unicode
    item = Object(
        name=str(value["name"]),
        generation=int(value["generation"]),
        metageneration=int(value["metageneration"]),
        size=int(value["size"]),
        content_type=str(value["type"]),
        updated=_moment(value["updated"]),
        metadata={str(key): str(text) for key, text in dict(value["metadata"]).items()},
    )
    blob = str(PurePath(path).with_name(str(value["file"])))
    return Row(item, _moment(value["created"]), blob)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
