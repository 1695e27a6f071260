"""A disk that is full, read-only, damaged or busy: calls raise `Unavailable`, write nothing, and work again later."""

import os
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path
from threading import Timer

import pytest

from functions.adapters.embedded import database as sqlite
from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.catalog import SqliteCatalog
from functions.adapters.embedded.leftovers import GRACE, left_over
from functions.adapters.embedded.sidecars import SUFFIXES
from functions.domain.errors import Damaged, Unavailable
from functions.domain.ports import Filter, Object, Order
from tests.builders import entry
from tests.contracts.races import in_threads

MIB = 1024 * 1024
UNPRIVILEGED = 65534


def open_bucket(folder: Path) -> FilesystemBucket:
    return FilesystemBucket(folder / "bucket", name="originals", notifies=True)


def open_catalog(folder: Path) -> SqliteCatalog:
    return SqliteCatalog(folder / "catalog.db")


def put(bucket: FilesystemBucket, name: str, size: int = 10) -> Object:
    return bucket.write(name, b"x" * size, content_type="image/jpeg")


def files(folder: Path) -> list[Path]:
    """The files with the bytes of objects."""
    return [path for path in (folder / "bucket" / "blobs").glob("*/*") if path.suffix not in SUFFIXES]


def in_another_process(action: Callable[[Path], None], folder: Path) -> None:
    """Run an action in another process, because it limits what its whole process can do."""
    process = get_context("forkserver").Process(target=action, args=(folder,))
    process.start()
    process.join(60)
    assert process.exitcode == 0, "the process failed; its traceback is on stderr"


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Limit the size in bytes of the files that this process writes. For a writer, this is like a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# --- a full disk


def fill_the_disk_with_bytes(folder: Path) -> None:
    with closing(open_bucket(folder)) as bucket:
        put(bucket, "before")
        with largest_file(MIB // 2), pytest.raises(Unavailable, match="bytes cannot be written"):
            put(bucket, "too large", MIB)
        assert bucket.stat("too large") is None
        assert len(files(folder)) == 1
        assert len(bucket.list()) == 1
        assert put(bucket, "too large", MIB).size == MIB


def test_a_disk_that_is_full_for_the_bytes_leaves_no_object(tmp_path: Path) -> None:
    in_another_process(fill_the_disk_with_bytes, tmp_path)


def successes_of(action: Callable[[int], object]) -> int:
    """Call the action with 0, 1, … until it fails. Returns how often it succeeded."""
    for number in range(10_000):
        try:
            action(number)
        except Unavailable:
            return number
    raise AssertionError("the action never failed")


def fill_the_disk_with_rows(folder: Path) -> None:
    with closing(open_bucket(folder)) as bucket, closing(open_catalog(folder)) as catalog:
        with largest_file(MIB // 2):
            objects = successes_of(lambda number: put(bucket, str(number)))
            entries = successes_of(lambda number: catalog.create(entry(number)))
            assert len(bucket.list()) == objects > 0
            assert len(catalog.page(Filter(), Order.ID, after=None, limit=10_000)) == entries > 0
        assert put(bucket, str(objects)).generation > objects
        catalog.create(entry(entries))


def test_a_disk_that_is_full_for_the_index_keeps_the_stored_objects(tmp_path: Path) -> None:
    in_another_process(fill_the_disk_with_rows, tmp_path)


# --- a disk that is read-only


def write_without_permission(folder: Path) -> None:
    if os.geteuid() == 0:
        os.setresuid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED)  # root could write to any folder
    with closing(open_bucket(folder)) as bucket, closing(open_catalog(folder)) as catalog:
        for attempt in (lambda: put(bucket, "a"), lambda: catalog.create(entry()), bucket.list):
            with pytest.raises(Unavailable):
                attempt()


@pytest.mark.parametrize("used", [True, False])
def test_a_folder_that_cannot_be_written_is_unavailable(used: bool) -> None:  # noqa: FBT001
    with tempfile.TemporaryDirectory() as name:  # only its owner can enter a folder of pytest
        folder = Path(name)
        if used:
            with closing(open_bucket(folder)) as bucket, closing(open_catalog(folder)) as catalog:
                put(bucket, "before")
                catalog.create(entry(2))
        for each in (*folder.rglob("*"), folder):
            each.chmod(0o555 if each.is_dir() else 0o444)
        in_another_process(write_without_permission, folder)
        for each in (folder, *folder.rglob("*")):
            each.chmod(0o755)


# --- damage


def test_a_file_that_is_not_a_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"not a database at all" * 100)
    with closing(open_catalog(tmp_path)) as catalog, pytest.raises(Unavailable, match="not a database"):
        catalog.get("a")


def test_a_database_of_an_older_release_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        connection.execute("CREATE TABLE images (id TEXT)")
        connection.execute("PRAGMA user_version = 1")
    message = "The catalog's database is in the form of an older release. Stop the server and run: make reindex"
    with closing(open_catalog(tmp_path)) as catalog, pytest.raises(Damaged, match=message):
        catalog.create(entry())


def test_a_database_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        connection.execute("PRAGMA user_version = 3")
    with closing(open_catalog(tmp_path)) as catalog, pytest.raises(Unavailable, match="newer release"):
        catalog.create(entry())


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x")], ids=["missing", "short"])
def test_damaged_bytes_are_never_served(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    with closing(open_bucket(tmp_path)) as bucket:
        put(bucket, "a")
        damage(*files(tmp_path))
        with pytest.raises(Unavailable, match="missing or damaged"):
            bucket.read("a")


# --- a busy database


def test_a_long_write_of_another_process_makes_a_write_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.1)
    with closing(open_catalog(tmp_path)) as catalog:
        catalog.create(entry(1))
        with closing(sqlite3.connect(tmp_path / "catalog.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="locked"):
                catalog.create(entry(2))
            assert catalog.get(entry(1).id) == entry(1)
            other.execute("ROLLBACK")
        catalog.create(entry(2))


def test_a_long_write_of_another_thread_makes_a_write_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.1)
    database = sqlite.Database(tmp_path / "a.db", "CREATE TABLE a (b)", "The database")
    with closing(database), database.writing():
        with pytest.raises(Unavailable, match="busy"), database.writing():
            pass
        with database.reading() as connection:
            assert connection.execute("SELECT * FROM a").fetchall() == []


def test_opening_waits_while_another_process_creates_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        rollback = Timer(0.1, other.execute, ("ROLLBACK",))
        rollback.start()
        with closing(open_catalog(tmp_path)) as catalog:
            catalog.create(entry())
        rollback.join()


def test_many_threads_can_open_a_new_file_at_the_same_time(tmp_path: Path) -> None:
    def create(number: int) -> None:
        for file in range(5):
            with closing(SqliteCatalog(tmp_path / f"{file}.db")) as catalog:
                catalog.create(entry(number))
                assert catalog.get(entry(number).id) == entry(number)

    in_threads(6, create)


def test_a_connection_that_failed_is_not_used_again(tmp_path: Path) -> None:
    with closing(sqlite.Database(tmp_path / "a.db", "CREATE TABLE a (b)", "The database")) as database:
        with pytest.raises(Unavailable), database.reading() as failed:
            raise sqlite3.OperationalError("disk I/O error")
        with database.reading() as connection:
            assert connection is not failed


# --- which files and rows stay


def test_a_deleted_entry_leaves_no_row(tmp_path: Path) -> None:
    with closing(open_catalog(tmp_path)) as catalog:
        catalog.create(entry(tags=("sea", "sky")))
        catalog.delete(seen=catalog.page(Filter(tag="sea"), Order.ID, after=None, limit=1)[0])
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        assert connection.execute("SELECT (SELECT count(*) FROM images), (SELECT count(*) FROM tags)").fetchone() == (
            0,
            0,
        )


def test_old_files_without_an_object_are_found_as_left_over_files(tmp_path: Path) -> None:
    long_ago = time.time() - GRACE - 1
    with closing(open_bucket(tmp_path)) as bucket:
        assert not list(left_over(bucket))
        put(bucket, "kept")
        (kept,) = files(tmp_path)
        old, young = kept.with_name("old.jpg"), kept.with_name("young.jpg")
        for path in (old, young):
            path.write_bytes(b"left behind")
        for path in (kept, old):
            os.utime(path, (long_ago, long_ago))
        (found,) = left_over(bucket)
        assert found.only_copy
        bucket.set_aside(found.blob)
        assert (tmp_path / "bucket/left-over" / f"{kept.parent.name}old.jpg").read_bytes() == b"left behind"
        assert sorted(files(tmp_path)) == sorted([kept, young])
        assert bucket.read("kept")[1] == b"x" * 10


def test_a_refused_write_and_a_replaced_object_leave_no_file(tmp_path: Path) -> None:
    with closing(open_bucket(tmp_path)) as bucket:
        written = put(bucket, "a")
        written = bucket.write("a", b"y", content_type="image/png", if_generation=written.generation)
        (only,) = files(tmp_path)
        assert only.read_bytes() == b"y"
        bucket.delete("a", if_generation=written.generation)
        assert not files(tmp_path)
