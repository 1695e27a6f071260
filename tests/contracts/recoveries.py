"""Helpers of the tests of lost indexes: they write to a bucket on the file system, lose its index and rebuild it."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.leftovers import GRACE
from functions.adapters.embedded.recovery import Rebuilt, rebuild
from functions.domain.ports import Object

NAME = "a.jpg"


def opened(folder: Path) -> FilesystemBucket:
    return FilesystemBucket(folder / "originals", name="originals", notifies=True)


def put(bucket: FilesystemBucket, name: str = NAME, data: bytes = b"first", **metadata: str) -> Object:
    seen = bucket.stat(name)
    generation = seen.generation if seen else 0
    return bucket.write(name, data, content_type="image/jpeg", metadata=metadata, if_generation=generation)


def lose(bucket: FilesystemBucket) -> None:
    bucket.close()
    for each in bucket.path.parent.glob("index.db*"):
        each.unlink()


def rebuilt(bucket: FilesystemBucket) -> Rebuilt:
    return rebuild(bucket, datetime.now(UTC))


def state(bucket: FilesystemBucket) -> list[tuple[Object, bytes]]:
    return [bucket.read(each.name) for each in bucket.list()]


def files(bucket: FilesystemBucket) -> set[str]:
    return {path for paths in bucket.blobs.list() for path in paths}


def age(bucket: FilesystemBucket) -> None:
    long_ago = time.time() - GRACE - 1
    for each in files(bucket):
        os.utime(bucket.blobs.folder / each, (long_ago, long_ago))
