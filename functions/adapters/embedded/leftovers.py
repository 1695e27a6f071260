"""Files of a bucket that do not agree with its index: no row names them, or their sidecar differs from their row.

There are six kinds:

- Bytes with a sidecar that is marked deleted: a deletion was interrupted. `left_over` finds them, and
  `make fsck FIX=1` removes them.
- Other bytes without a row: a write was interrupted, or a sidecar was lost. They may be the only copy of an image.
  `left_over` finds them, and `make fsck FIX=1` moves them to another folder.
- Bytes with a sidecar (`unlisted`): a write was interrupted just before its commit, or the index is older than the
  files because it was restored from a backup. They may also be the only copy. `make fsck FIX=1` adds them to the
  index.
- Sidecars that are marked deleted, without bytes: they stay for an hour, so that a rebuild of the index does not
  restore the object from an older sidecar of the same name. Then `tidy` removes them.
- Sidecars that are missing or damaged: `tidy` writes them.
- Sidecars that are newer than their row: an update was interrupted just before its commit, or the index was restored
  from a backup. `make fsck FIX=1` changes the index, as a rebuild would do. So the interrupted update is completed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from sqlite3 import Connection
from typing import Final

from functions.adapters.embedded import index
from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.recovery import restore
from functions.adapters.embedded.sidecars import LIVE, MARKED, Files, Sidecar, Sidecars, Version, group, stem_of
from functions.domain.ports import DELETED, FINALIZED

GRACE: Final = 3600.0
"""Seconds after which a file without a row cannot belong to a write that is still in progress."""


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Bytes that belong to no object: their path, and whether they may be the only copy of an image."""

    blob: str
    only_copy: bool


@dataclass(frozen=True, slots=True)
class Tidied:
    """What `tidy` found.

    Attributes:
        unlisted: how many objects the index does not list.
        newer: how many sidecars are newer than the row of their object: an update was interrupted, or the index is
            older than the files.
        repaired: how many sidecars were missing or damaged.
    """

    unlisted: int = 0
    newer: int = 0
    repaired: int = 0


def left_over(bucket: FilesystemBucket) -> Iterator[LeftOver]:
    """The bytes that no row names, that are not an unlisted object, and that are older than `GRACE`.

    Raises:
        Unavailable: the folder or the index cannot be read.
    """
    kept = {each.row.blob for each in unlisted(bucket)}
    for _, rowless in _files(bucket):
        for files in rowless:
            for blob in files.blobs:
                if blob not in kept and bucket.blobs.is_older(blob, GRACE) and not _has_row(files, bucket):
                    unwanted = bucket.sidecars is None or MARKED in files.suffixes
                    yield LeftOver(blob, only_copy=not unwanted)


def unlisted(bucket: FilesystemBucket) -> Iterator[Sidecar]:
    """The objects that sidecars describe and the index does not list, unless a later object or deletion has their name.

    Raises:
        Unavailable: the folder or the index cannot be read.
    """
    deleted: Mapping[str, Version] | None = None
    for each in _without_row(bucket):
        deleted = _deletions(bucket) if deleted is None else deleted
        if not _is_superseded(each, bucket, deleted):
            yield each


def adopt(each: Sidecar, bucket: FilesystemBucket) -> bool:
    """Add an unlisted object to the index; False when an object has its name, or its bytes are not complete.

    Raises:
        Unavailable: the folder or the index cannot be used.
    """
    if bucket.sidecars is None or not each.whole:
        return False
    with bucket.database.writing() as connection:
        if index.find(connection, each.row.object.name) is not None:
            return False
        bucket.append_event(connection, FINALIZED, restore(connection, each.row, bucket.sidecars))
    _announce(bucket)
    return True


def tidy(bucket: FilesystemBucket, *, dry_run: bool = False, take_newer: bool = False) -> Tidied:
    """Make the sidecars agree with the index, and remove old sidecars that are marked deleted.

    It does not change files of bytes, and it can run while the service runs.

    Args:
        bucket: a bucket; without sidecars, there is nothing to do.
        dry_run: write nothing, and only return the result.
        take_newer: bring the index to the state of the sidecars that are newer.

    Raises:
        Unavailable: the folder or the index cannot be used.
    """
    if bucket.sidecars is None:
        return Tidied()
    newer = repaired = 0
    for named, _ in _files(bucket):
        for files in named:
            state = _compare(files, bucket, dry_run=dry_run, take_newer=take_newer and not dry_run)
            newer, repaired = newer + (state == "newer"), repaired + (state == "damaged")
    if newer and take_newer:
        _announce(bucket)
    found = list(_without_row(bucket))
    deleted = _deletions(bucket)
    superseded = [each for each in found if _is_superseded(each, bucket, deleted)]
    if not dry_run:
        for each in superseded:
            bucket.sidecars.mark_deleted(each.row.blob)
        for path in list(_old_marks(bucket)):
            bucket.blobs.remove(path)
    return Tidied(len(found) - len(superseded), newer, repaired)


def _compare(files: Files, bucket: FilesystemBucket, *, dry_run: bool, take_newer: bool) -> str:
    """Compare a sidecar with its row: "same", "newer" or "damaged". A damaged sidecar is written again."""
    if bucket.sidecars is None:
        return "same"
    with bucket.database.writing() as connection:  # a change in progress writes the sidecar before the row
        row = _row(files, index.rows_of(connection, files.stem))
        live, mark = (bucket.sidecars.read(files, suffix) for suffix in (LIVE, MARKED))
        if row is None or (mark is None and live is not None and _describes(live, row)):
            return "same"
        newer = next((each for each in (mark, live) if each is not None and _is_newer(each, row, bucket)), None)
        if newer is not None:
            if take_newer:
                _take(newer, row, bucket, bucket.sidecars, connection)
            return "newer"
        if not dry_run:
            bucket.sidecars.write(row)
            bucket.blobs.remove(f"{files.stem}{MARKED}")
        return "damaged"


def _describes(sidecar: Sidecar, row: index.Row) -> bool:
    return (sidecar.row.object, sidecar.row.created) == (row.object, row.created)


def _is_newer(sidecar: Sidecar, row: index.Row, bucket: FilesystemBucket) -> bool:
    """Whether the sidecar has a later state of the object in the row."""
    seen, present = sidecar.row.object, row.object
    later = (seen.generation, seen.metageneration)
    if seen.name != present.name or later < (present.generation, present.metageneration):
        return False
    if sidecar.deleted:
        return bucket.blobs.size(row.blob) is None  # the deletion is complete: its bytes are removed last
    known = sidecar.whole or seen.size == present.size  # bytes never change, so another size is damage
    return known and later > (present.generation, present.metageneration)


def _take(newer: Sidecar, row: index.Row, bucket: FilesystemBucket, sidecars: Sidecars, connection: Connection) -> None:
    """Bring the row to the state of its newer sidecar, as a rebuild of the index would, and append an event."""
    index.delete(connection, row.object.name, row.object.generation)
    if newer.deleted:
        bucket.append_event(connection, DELETED, row)
    else:
        later = newer.row if newer.whole else replace(newer.row, blob=row.blob)
        bucket.append_event(connection, FINALIZED, restore(connection, later, sidecars))


def _announce(bucket: FilesystemBucket) -> None:
    if bucket.notifies:
        bucket.outbox.announce()


def _row(files: Files, rows: list[index.Row]) -> index.Row | None:
    return next((each for each in rows if stem_of(each.blob) == files.stem), None)


def _has_row(files: Files, bucket: FilesystemBucket) -> bool:
    """Whether a row names the files. If a write is in progress, this waits for its end."""
    with bucket.database.writing() as connection:
        return _row(files, index.rows_of(connection, files.stem)) is not None


def _files(bucket: FilesystemBucket) -> Iterator[tuple[list[Files], list[Files]]]:
    """For each subfolder: the files that a row of the index names, and the files that no row names."""
    for paths in bucket.blobs.list():
        if not paths:
            continue
        with bucket.database.reading() as connection:
            stems = {stem_of(each) for each in index.blobs_in(connection, PurePath(paths[0]).parts[0])}
        files = group(paths)
        yield [each for each in files if each.stem in stems], [each for each in files if each.stem not in stems]


def _without_row(bucket: FilesystemBucket) -> Iterator[Sidecar]:
    """The sidecars that are not marked deleted and have no row.

    A write in progress also has a sidecar and no row, but it locks the index. So each sidecar is read under that lock.
    """
    if bucket.sidecars is None:
        return
    for _, rowless in _files(bucket):
        for files in rowless:
            if files.blobs and LIVE in files.suffixes and MARKED not in files.suffixes:
                with bucket.database.writing() as connection:
                    found = bucket.sidecars.read(files, LIVE)
                    named = found and _row(files, index.rows_of(connection, files.stem))
                if found and not named:
                    yield found


def _old_marks(bucket: FilesystemBucket) -> Iterator[str]:
    """Paths of sidecars that were marked deleted long ago, whose bytes are gone."""
    for _, rowless in _files(bucket):
        for files in rowless:
            path = f"{files.stem}{MARKED}"
            if MARKED in files.suffixes and not files.blobs and bucket.blobs.is_older(path, GRACE):
                yield path


def _deletions(bucket: FilesystemBucket) -> dict[str, Version]:
    """For each name with a sidecar that is marked deleted, the latest version of these sidecars."""
    deleted: dict[str, Version] = {}
    if bucket.sidecars is None:
        return deleted
    for _, rowless in _files(bucket):
        for files in rowless:
            mark = bucket.sidecars.read(files, MARKED) if MARKED in files.suffixes else None
            if mark is not None:
                name = mark.row.object.name
                deleted[name] = max(deleted.get(name, mark.version), mark.version)
    return deleted


def _is_superseded(each: Sidecar, bucket: FilesystemBucket, deleted: Mapping[str, Version]) -> bool:
    """Whether a later object of the same name exists with its bytes, or was deleted."""
    name = each.row.object.name
    present = bucket.find(name)
    if present is not None and present.object.generation > each.row.object.generation:
        return bucket.blobs.size(present.blob) == present.object.size
    return name in deleted and deleted[name] > each.version
