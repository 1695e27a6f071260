"""Files in a bucket's folder that no row of its index names.

There are four kinds:

- Bytes with a sidecar that is marked deleted: a deletion was interrupted. `left_over` finds them, and
  `make fsck FIX=1` removes them.
- Bytes without a readable sidecar: a write was interrupted early, or the sidecar was lost. They may be the only copy of
  something. `left_over` finds them, and `make fsck FIX=1` moves them to another folder.
- Bytes with a sidecar (`unlisted`): a write was interrupted just before its commit, or the index is older than the
  files, for example because it was restored from a backup. They may be the only copy of a photo. `make fsck FIX=1` adds
  them to the index.
- Sidecars of deleted objects: they are kept for a while, so that no older sidecar of the same name restores the object
  when the index is rebuilt. `tidy` removes them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from functions.adapters.embedded import index
from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.recovery import restore
from functions.adapters.embedded.sidecars import LIVE, MARKED, SUFFIXES, Sidecar
from functions.domain.ports import FINALIZED

GRACE: Final = 3600.0
"""Seconds after which a file without a row belongs to no write in progress."""


@dataclass(frozen=True, slots=True)
class _File:
    """The files of one name in one subfolder: the path of the bytes, if they are there, and the kinds of sidecars."""

    blob: str | None
    suffixes: frozenset[str]
    path: str
    """Relative path without a suffix."""

    @property
    def live(self) -> str:
        return self.path + LIVE


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Bytes that belong to no object: their path, and whether they may be the only copy of something."""

    blob: str
    only_copy: bool


def left_over(bucket: FilesystemBucket) -> Iterator[LeftOver]:
    """The bytes that no row names, that are not an unlisted object, and that are older than `GRACE`.

    Raises:
        Unavailable: the folder or the index cannot be read.
    """
    kept = {each.row.blob for each in unlisted(bucket)}
    for _, rowless in _files(bucket):
        for each in rowless:
            if each.blob and each.blob not in kept and bucket.blobs.is_older(each.blob, GRACE):
                with bucket.database.writing() as connection:
                    named = index.find_blob(connection, each.blob)
                if named is None:
                    yield LeftOver(each.blob, only_copy=not _is_unwanted(each, bucket))


def _is_unwanted(each: _File, bucket: FilesystemBucket) -> bool:
    """Whether the bytes are known to be useless: they can be made again, or they were deleted or replaced."""
    if bucket.sidecars is None or MARKED in each.suffixes:
        return True
    return LIVE in each.suffixes and bucket.sidecars.read(each.live) is not None


def unlisted(bucket: FilesystemBucket) -> Iterator[Sidecar]:
    """The objects that sidecars describe and the index does not list, unless a later object or deletion has their name.

    Raises:
        Unavailable: the folder or the index cannot be read.
    """
    deleted: Mapping[str, tuple[int, int, bool]] | None = None
    for each in _without_row(bucket):
        deleted = _deletions(bucket) if deleted is None else deleted
        if not _is_superseded(each, bucket, deleted):
            yield each


def adopt(each: Sidecar, bucket: FilesystemBucket) -> bool:
    """Add an unlisted object to the index; False if its name is taken now, or its bytes are not complete.

    Raises:
        Unavailable: the folder or the index cannot be used.
    """
    described = each.row.object
    if bucket.sidecars is None or bucket.blobs.size(each.row.blob) != described.size:
        return False
    with bucket.database.writing() as connection:
        if index.find(connection, described.name) is not None:
            return False
        bucket.append_event(connection, FINALIZED, restore(connection, each.row, bucket.sidecars))
    if bucket.notifies:
        bucket.outbox.announce()
    return True


def tidy(bucket: FilesystemBucket) -> int:
    """Make the sidecars agree with the index, and remove old sidecars of deleted objects.

    It does not change files of bytes, and it can run while the service runs.

    Returns:
        The number of unlisted objects.

    Raises:
        Unavailable: the folder or the index cannot be used.
    """
    if bucket.sidecars is None:
        return 0
    for named, _ in _files(bucket):
        for blob in named:
            _repair(blob, bucket)
    found = list(_without_row(bucket))
    deleted = _deletions(bucket)
    superseded = [each for each in found if _is_superseded(each, bucket, deleted)]
    for each in superseded:
        bucket.sidecars.mark_deleted(each.row.blob)
    for path in list(_marks(bucket)):
        if bucket.blobs.is_older(path, GRACE):
            bucket.blobs.remove(path)
    return len(found) - len(superseded)


def _repair(blob: str, bucket: FilesystemBucket) -> None:
    """Write the sidecar of a row that has none, or whose sidecar is marked deleted."""
    with bucket.database.writing() as connection:
        row = index.find_blob(connection, blob)
        if row is not None and bucket.sidecars:
            bucket.sidecars.write(row)
            bucket.blobs.remove(str(PurePath(blob).with_suffix(MARKED)))


def _files(bucket: FilesystemBucket) -> Iterator[tuple[list[str], list[_File]]]:
    """For each subfolder: the files of bytes whose rows have no proper sidecar, and the files that no row names."""
    for paths in bucket.blobs.list():
        if not paths:
            continue
        files = _grouped(paths)
        with bucket.database.reading() as connection:
            named = index.blobs_in(connection, PurePath(paths[0]).parts[0])
        unsound = [
            blob
            for blob in sorted(named)
            if (each := files.pop(_stem(blob), None)) and (LIVE not in each.suffixes or MARKED in each.suffixes)
        ]
        yield unsound, list(files.values())


def _grouped(paths: list[str]) -> dict[str, _File]:
    blobs: dict[str, str | None] = {}
    suffixes: dict[str, set[str]] = {}
    for path in paths:
        stem, suffix = _stem(path), PurePath(path).suffix
        blobs.setdefault(stem, None)
        if suffix in SUFFIXES:
            suffixes.setdefault(stem, set()).add(suffix)
        else:
            blobs[stem] = path
    return {stem: _File(blob, frozenset(suffixes.get(stem, ())), stem) for stem, blob in blobs.items()}


def _stem(path: str) -> str:
    return str(PurePath(path).with_suffix(""))


def _without_row(bucket: FilesystemBucket) -> Iterator[Sidecar]:
    """The sidecars that are not marked deleted and have no row.

    A write in progress also has a sidecar and no row, but it locks the index. So each sidecar is read under that lock.
    """
    if bucket.sidecars is None:
        return
    for _, rowless in _files(bucket):
        for each in rowless:
            if each.blob and LIVE in each.suffixes and MARKED not in each.suffixes:
                with bucket.database.writing() as connection:
                    found = bucket.sidecars.read(each.live)
                    named = found and index.find_blob(connection, found.row.blob)
                if found and not named:
                    yield found


def _marks(bucket: FilesystemBucket) -> Iterator[str]:
    """The paths of sidecars that are marked deleted and whose bytes are gone."""
    for _, rowless in _files(bucket):
        yield from (each.path + MARKED for each in rowless if MARKED in each.suffixes and not each.blob)


def _deletions(bucket: FilesystemBucket) -> dict[str, tuple[int, int, bool]]:
    """For each name with a sidecar that is marked deleted, the version of the latest one."""
    deleted: dict[str, tuple[int, int, bool]] = {}
    if bucket.sidecars is None:
        return deleted
    for _, rowless in _files(bucket):
        for each in rowless:
            mark = bucket.sidecars.read(each.path + MARKED) if MARKED in each.suffixes else None
            if mark is not None:
                name = mark.row.object.name
                deleted[name] = max(deleted.get(name, mark.version), mark.version)
    return deleted


def _is_superseded(each: Sidecar, bucket: FilesystemBucket, deleted: Mapping[str, tuple[int, int, bool]]) -> bool:
    described = each.row.object
    present = bucket.stat(described.name)
    if present is not None and present.generation > described.generation:
        return True
    return described.name in deleted and deleted[described.name] > each.version
