"""What only the files of the embedded backend can have: objects without their bytes, and bytes without their object."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from functions.adapters.filesystem_bucket import FilesystemBucket
from functions.domain.errors import Conflict
from functions.domain.ports import Bucket
from functions.services.repair.diagnose import Damage, Kind
from functions.services.repair.fsck import Finding

_ADVICE: Final = "Put it back from a backup, or delete the image and upload it again."


def lost_bytes(originals: Bucket, renditions: Bucket, *, fix: bool) -> Iterator[Finding]:
    """Objects whose files are gone or cut short. A rendition goes, so that it is made again; an original is left.

    Raises:
        Unavailable: a folder or an index cannot be read.
    """
    for bucket in (originals, renditions):
        if isinstance(bucket, FilesystemBucket):
            for each, file in bucket.damaged():
                damage = Damage(Kind.LOST_BYTES, each.name, f"{bucket.name}/{file} is gone or cut short.")
                if bucket is originals:
                    yield Finding(damage, obstacle=_ADVICE)
                    continue
                if fix:
                    with suppress(Conflict):  # it is gone, or another one by now
                        bucket.delete(each.name, if_generation=each.generation)
                yield Finding(damage, mended=fix)


def left_over(*buckets: Bucket, fix: bool) -> Iterator[Finding]:
    """Files that no object names; with `fix`, they go.

    Raises:
        Unavailable: a folder or an index cannot be read.
    """
    for bucket in buckets:
        if isinstance(bucket, FilesystemBucket) and (count := bucket.sweep(dry_run=not fix)):
            yield Finding(Damage(Kind.LEFT_OVER_FILES, bucket.name, f"No object names them ({count:,})."), mended=fix)
