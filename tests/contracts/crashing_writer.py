"""A process that writes objects and entries until it is killed. ROUND is a number from which their names follow.

Usage: `python -m tests.contracts.crashing_writer FOLDER ROUND`.

For every call that has returned, it prints one line: `put NUMBER GENERATION`, `delete NUMBER GENERATION` or
`entry NUMBER 0`. It ends only if a call fails.
"""

import os
import sys
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Thread

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.catalog import SqliteCatalog
from tests.builders import entry

JPEG = "image/jpeg"
THREADS = 3
PER_ROUND = 100_000


def content(name: str) -> bytes:
    """Bytes that follow from the name of the object, so that a reader can check them: 32 bytes to 200 kB."""
    digest = sha256(name.encode()).digest()
    return digest * (1 + int.from_bytes(digest[:2]) // 10)


def open_bucket(folder: Path) -> FilesystemBucket:
    """The bucket that the process writes and the test reads."""
    return FilesystemBucket(folder / "bucket", name="originals", notifies=True)


def open_catalog(folder: Path) -> SqliteCatalog:
    """The catalog that the process writes and the test reads."""
    return SqliteCatalog(folder / "catalog.db")


def _write_for_ever(folder: Path, first: int) -> None:
    try:
        bucket, catalog = open_bucket(folder), open_catalog(folder)
        for number in count(first, THREADS):
            _write(bucket, catalog, number)
    finally:
        os._exit(1)


def _write(bucket: FilesystemBucket, catalog: SqliteCatalog, number: int) -> None:
    name = f"object {number}"
    written = bucket.write(name, content(name), content_type=JPEG)
    _report("put", number, written.generation)
    catalog.create(entry(number, tags=("sea", "sky")))
    _report("entry", number, 0)
    if number % 3 == 0:
        written = bucket.write(name, content(name), content_type=JPEG, if_generation=written.generation)
        _report("put", number, written.generation)
    if number % 5 == 0:
        written = bucket.set_metadata(written, {"caption": name})
    if number % 4 == 0:
        bucket.delete(name, if_generation=written.generation)
        _report("delete", number, written.generation)


def _report(verb: str, number: int, generation: int) -> None:
    os.write(sys.stdout.fileno(), f"{verb} {number} {generation}\n".encode())


if __name__ == "__main__":
    start = int(sys.argv[2]) * PER_ROUND
    for thread in range(THREADS):
        Thread(target=_write_for_ever, args=(Path(sys.argv[1]), start + thread)).start()
