"""A writer that is killed several times: all calls that it acknowledged have taken effect, and the files agree."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGKILL

import pytest

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.leftovers import GRACE, adopt, left_over, tidy, unlisted
from functions.adapters.embedded.recovery import rebuild
from functions.domain.ports import DELETED, FINALIZED, Filter, Order
from tests.builders import entry
from tests.contracts.crashing_writer import THREADS, content, open_bucket, open_catalog

pytestmark = pytest.mark.load

ROUNDS = 6
EVERYTHING = 1_000_000


def killed(folder: Path, number: int) -> list[tuple[str, int, int]]:
    """The calls that a writer acknowledged before it was killed: verb, number and generation of each."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.contracts.crashing_writer", str(folder), str(number)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    with writer:
        first = writer.stdout.readline()
        time.sleep(random.uniform(0.02, 0.4))
        writer.kill()
        lines = [first, *writer.stdout]
    assert writer.returncode == -SIGKILL
    whole = [line.split() for line in lines if line.endswith("\n")]
    assert whole, "the writer must have written something"
    return [(verb, int(number), int(generation)) for verb, number, generation in whole]


def replayed(bucket: FilesystemBucket) -> dict[str, int]:
    """The name and generation of every object that results from the events."""
    objects: dict[str, int] = {}
    for event in bucket.outbox.due(datetime.now(UTC), EVERYTHING):
        name, generation = str(event.object["name"]), int(str(event.object["generation"]))
        if event.type == FINALIZED:
            objects[name] = generation
        else:
            assert event.type == DELETED
            assert objects.pop(name) == generation
    return objects


def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    acknowledged: list[tuple[str, int, int]] = []
    for number in range(ROUNDS):
        acknowledged += killed(tmp_path, number)
        with closing(open_bucket(tmp_path)) as bucket:
            check_objects(bucket, acknowledged)
        check_rebuilt(tmp_path, acknowledged)
        check_entries(tmp_path, {number for verb, number, _ in acknowledged if verb == "entry"})
    with closing(open_bucket(tmp_path)) as bucket:
        check_files(tmp_path, bucket)


def check_objects(bucket: FilesystemBucket, acknowledged: list[tuple[str, int, int]]) -> None:
    objects = {each.name: each.generation for each in bucket.list(limit=EVERYTHING)}
    assert replayed(bucket) == objects
    for name in objects:
        assert bucket.read(name)[1] == content(name)
    put = {number: generation for verb, number, generation in acknowledged if verb == "put"}
    deleted = {number for verb, number, _ in acknowledged if verb == "delete"}
    assert not {f"object {number}" for number in deleted} & objects.keys()
    for number, generation in put.items():
        # The next call of the same thread may have taken effect too, although the writer could not report it.
        if number not in deleted and f"object {number}" in objects:
            assert objects[f"object {number}"] >= generation
        else:
            assert number % 4 == 0, "the writer deletes only objects whose number is a multiple of 4"


def check_entries(folder: Path, numbers: set[int]) -> None:
    with closing(open_catalog(folder)) as catalog:
        for number in numbers:
            assert catalog.get(entry(number).id) == entry(number, tags=("sea", "sky"))
        found = catalog.page(Filter(), Order.NEWEST, after=None, limit=EVERYTHING)
        assert list(catalog.page(Filter(tag="sky"), Order.NEWEST, after=None, limit=EVERYTHING)) == list(found)
    for path in (folder / "catalog.db", folder / "bucket" / "index.db"):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert not connection.execute("PRAGMA foreign_key_check").fetchall()


def check_files(folder: Path, bucket: FilesystemBucket) -> None:
    """Repair what a kill interrupted. Then every object has a file and a sidecar, and there are no other files."""
    long_ago = time.time() - GRACE - 1
    for path in (folder / "bucket" / "blobs").glob("*/*"):
        os.utime(path, (long_ago, long_ago))
    tidy(bucket)
    for each in list(unlisted(bucket)):
        if not adopt(each, bucket):
            assert bucket.stat(each.row.object.name), "a file that is not adopted is the replacement of an object"
            bucket.set_aside(each.row.blob)
    for left in list(left_over(bucket)):
        bucket.discard(left.blob)
    files = [path for path in (folder / "bucket" / "blobs").glob("*/*") if path.suffix in {".jpg", ".json"}]
    assert len(files) == 2 * len(bucket.list(limit=EVERYTHING))


def check_rebuilt(folder: Path, acknowledged: list[tuple[str, int, int]]) -> None:
    """A rebuilt index has the same objects, except for the calls that were running when a writer was killed."""
    with closing(open_bucket(folder)) as bucket:
        before = {each.name: each for each in bucket.list(limit=EVERYTHING)}
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "bucket", copy / "bucket", ignore=shutil.ignore_patterns("index.db*"))
    with closing(open_bucket(copy)) as bucket:
        rebuild(bucket, datetime.now(UTC))
        after = {each.name: each for each in bucket.list(limit=EVERYTHING)}
        for name in after:
            assert bucket.read(name)[1] == content(name)
    assert not {f"object {number}" for verb, number, _ in acknowledged if verb == "delete"} & after.keys()
    differ = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    assert len(differ) <= ROUNDS * THREADS
    for name in before.keys() - after.keys():
        assert int(name.split()[1]) % 4 == 0, "the writer deletes only objects whose number is a multiple of 4"
