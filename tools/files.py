"""The damage that only the embedded backend can have: objects without files, and files without objects."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Final

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.leftovers import adopt, left_over, tidy, unlisted
from functions.domain.drops import is_refused
from functions.domain.errors import Conflict
from functions.domain.ports import Bucket
from functions.domain.tickets import RETENTION
from functions.services.repair.diagnose import Damage, Kind
from functions.services.repair.fsck import Finding
from functions.services.repair.walk import objects

_ADVICE: Final = "Restore it from a backup, or delete the image and upload it again."
_SET_ASIDE: Final = "It is incomplete, or another object has its name; its files are in {0}/left-over now."
_TAKEN: Final = " The index has their state now."


def unlisted_objects(*buckets: Bucket, fix: bool) -> Iterator[Finding]:
    """Objects that a sidecar describes and the index does not list. With `fix`, they are added to the index.

    Raises:
        Unavailable: a folder or an index cannot be read.
    """
    for bucket in buckets:
        if isinstance(bucket, FilesystemBucket):
            for each in unlisted(bucket):
                file = bucket.blobs.path(each.row.blob)
                damage = Damage(
                    Kind.UNLISTED_OBJECT, each.row.object.name, f"The index does not list {bucket.name}/{file}."
                )
                if fix and not adopt(each, bucket):
                    bucket.set_aside(each.row.blob)
                    damage = damage._replace(detail=f"{damage.detail} {_SET_ASIDE.format(bucket.name)}")
                yield Finding(damage, repaired=fix)


def damaged_sidecars(*buckets: Bucket, fix: bool) -> Iterator[Finding]:
    """Sidecars that are missing, or that differ from the index. With `fix`, they are written again.

    If sidecars are newer than the index, `fix` changes the index instead.

    Raises:
        Unavailable: a folder or an index cannot be read.
    """
    for bucket in buckets:
        if isinstance(bucket, FilesystemBucket):
            found = tidy(bucket, dry_run=not fix, take_newer=fix)
            if found.repaired:
                detail = f"They are missing or damaged ({found.repaired:,})."
                yield Finding(Damage(Kind.DAMAGED_SIDECARS, bucket.name, detail), repaired=fix)
            if found.newer:
                detail = f"They are newer than the index ({found.newer:,}).{_TAKEN if fix else ''}"
                yield Finding(Damage(Kind.DAMAGED_SIDECARS, bucket.name, detail), repaired=fix)


def lost_bytes(originals: Bucket, renditions: Bucket, *, fix: bool) -> Iterator[Finding]:
    """Objects whose files are missing or truncated. With `fix`, a rendition is deleted, so that it is made again.

    Raises:
        Unavailable: a folder or an index cannot be read.
    """
    for bucket in (originals, renditions):
        if isinstance(bucket, FilesystemBucket):
            for each, file in bucket.damaged():
                damage = Damage(Kind.LOST_BYTES, each.name, f"{bucket.name}/{file} is missing or truncated.")
                if bucket is originals:
                    yield Finding(damage, obstacle=_ADVICE)
                    continue
                if fix:
                    with suppress(Conflict):  # another writer changed or deleted it; nothing to do
                        bucket.delete(each.name, if_generation=each.generation)
                yield Finding(damage, repaired=fix)


def left_over_files(*buckets: Bucket, fix: bool) -> Iterator[Finding]:
    """Files that no object needs. With `fix`, they are removed, or moved if they may be the only copy of an image.

    Raises:
        Unavailable: a folder or an index cannot be read.
    """
    for bucket in buckets:
        if isinstance(bucket, FilesystemBucket):
            found = list(left_over(bucket))
            for each in found if fix else ():
                if each.only_copy:
                    bucket.set_aside(each.blob)
                else:
                    bucket.discard(each.blob)
            moved = (
                f" They are in {bucket.name}/left-over now." if fix and any(each.only_copy for each in found) else ""
            )
            if found:
                detail = f"No object needs them ({len(found):,}).{moved}"
                yield Finding(Damage(Kind.LEFT_OVER_FILES, bucket.name, detail), repaired=fix)


def expired_drops(dropbox: Bucket, now: datetime, *, fix: bool) -> Iterator[Finding]:
    """Drops that were refused long ago. With `fix`, they are removed. On Google Cloud, the bucket removes them.

    Raises:
        Unavailable: a folder or an index cannot be read.
    """
    if isinstance(dropbox, FilesystemBucket):
        for each in objects(dropbox):
            if is_refused(each) and now - each.updated > RETENTION:
                if fix:
                    with suppress(Conflict):  # a new file has just replaced it
                        dropbox.delete(each.name, if_generation=each.generation)
                detail = f"It was refused on {each.updated:%Y-%m-%d}."
                yield Finding(Damage(Kind.EXPIRED_DROP, each.name, detail), repaired=fix)
