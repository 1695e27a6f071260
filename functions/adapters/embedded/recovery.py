"""Rebuild a bucket's index from the sidecars of its files, after it was lost or damaged.

If there are several sidecars for one name, the latest one is used. An object whose latest sidecar is marked deleted
stays deleted. The new index is written to another file, and replaces the old one when it is complete. So the process
can be killed at any time. The old index is renamed. Files of bytes are not changed.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from sqlite3 import Connection
from typing import Final, NamedTuple

from functions.adapters.embedded import index
from functions.adapters.embedded.bucket import SCHEMA, FilesystemBucket
from functions.adapters.embedded.database import Database
from functions.adapters.embedded.files import sync_folder, translated
from functions.adapters.embedded.index import Row
from functions.adapters.embedded.sidecars import LIVE, MARKED, Files, Sidecar, Sidecars, Version, group
from functions.domain.ports import DELETED, FINALIZED

_UNDER_CONSTRUCTION: Final = "index.new.db"


class _Latest(NamedTuple):
    """The latest sidecar of a name: its version, and the files that it is among."""

    version: Version
    files: Files
    suffix: str


@dataclass(slots=True)
class Rebuilt:
    """The result of a rebuild.

    Attributes:
        objects: how many the index has now.
        deleted: the names whose latest state is a deletion.
        lost: files of bytes that a sidecar describes and that are missing or truncated, as paths to show.
        unknown: how many files of bytes have no sidecar. They are kept.
        set_aside: where the old index is now; empty when there was none.
    """

    objects: int = 0
    deleted: list[Sidecar] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unknown: int = 0
    set_aside: list[Path] = field(default_factory=list)


def rebuild(bucket: FilesystemBucket, now: datetime, *, announce: bool = False, dry_run: bool = False) -> Rebuilt:
    """Replace the bucket's index by a new one. The bucket must not be in use.

    Args:
        bucket: a bucket with sidecars.
        now: the time, which becomes part of the old index's new name.
        announce: append an event for each object, as if it had just been created.
        dry_run: write nothing, and only return the result.

    Raises:
        Unavailable: the file system refuses.
        ValueError: the bucket has no sidecars.
    """
    if bucket.sidecars is None:
        raise ValueError(f"the objects of {bucket.name} have no sidecars")
    rebuilt = Rebuilt()
    latest = _latest(bucket.blobs.list(), bucket.sidecars, rebuilt)
    found = _live(latest, bucket, rebuilt)
    if dry_run:
        rebuilt.objects = sum(1 for _ in found)
        return rebuilt
    path = bucket.path.with_name(_UNDER_CONSTRUCTION)
    with translated("rebuilt"):
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    with closing(Database(path, SCHEMA, "The new index")) as database, database.writing() as connection:
        for each in found:
            row = restore(connection, each.row, bucket.sidecars)
            if announce:
                bucket.append_event(connection, FINALIZED, row)
            rebuilt.objects += 1
        for each in rebuilt.deleted:  # the index had events that were not delivered yet, and they are lost with it
            bucket.append_event(connection, DELETED, each.row)
    bucket.close()
    with translated("rebuilt"):
        rebuilt.set_aside = set_aside(bucket.path, now)
        path.replace(bucket.path)
        sync_folder(bucket.path.parent)
    return rebuilt


def restore(connection: Connection, row: Row, sidecars: Sidecars) -> Row:
    """Insert the row of an object, whose name must be free.

    No row may have its name or its file.
    """
    while not index.restore(connection, row):
        row = replace(row, object=replace(row.object, generation=row.object.generation + 1))
        sidecars.write(row)
    return row


def set_aside(path: Path, now: datetime) -> list[Path]:
    """Rename a database and the files that SQLite keeps with it. They are not used any more, but not lost.

    Returns:
        The new paths.

    Raises:
        OSError: the file system refuses.
    """
    kept = []
    for suffix in ("", "-wal", "-shm"):
        old = path.with_name(path.name + suffix)
        if old.exists():
            kept.append(old.replace(path.with_name(f"{path.name}.lost-{now:%Y%m%dT%H%M%S%f}{suffix}")))
    return kept


def _latest(listed: Iterable[list[str]], sidecars: Sidecars, rebuilt: Rebuilt) -> dict[str, _Latest]:
    """The latest sidecar of each name; files of bytes that no sidecar describes are counted."""
    latest: dict[str, _Latest] = {}
    for files in (each for paths in listed for each in group(paths)):
        described = None
        for suffix in sorted(files.suffixes & {LIVE, MARKED}):
            if (each := sidecars.read(files, suffix)) is not None:
                described = each.row.blob
                name, found = each.row.object.name, _Latest(each.version, files, suffix)
                latest[name] = max(latest.get(name, found), found, key=attrgetter("version"))
        rebuilt.unknown += len([blob for blob in files.blobs if blob != described])
    return latest


def _live(latest: dict[str, _Latest], bucket: FilesystemBucket, rebuilt: Rebuilt) -> Iterator[Sidecar]:
    """The latest sidecars of the objects whose bytes are complete, in the order of their versions."""
    for _, files, suffix in sorted(latest.values(), key=attrgetter("version")):
        each = bucket.sidecars.read(files, suffix) if bucket.sidecars else None
        if each is None:
            continue
        if each.deleted:
            rebuilt.deleted.append(each)
        elif not each.whole:
            rebuilt.lost.append(f"{bucket.name}/{bucket.blobs.path(each.row.blob)}")
        else:
            yield each
