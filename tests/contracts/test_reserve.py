"""The reserve: deletions have it on a full disk, and nothing else writes while it is missing."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.catalog import SqliteCatalog
from functions.adapters.embedded.files import translated
from functions.adapters.embedded.reserve import SIZE, Reserve
from functions.domain.errors import StorageFull, Unavailable
from tests.builders import entry
from tests.contracts.bucket_fixtures import put

SetFree = Callable[[int], None]


@pytest.fixture
def set_free(monkeypatch: pytest.MonkeyPatch) -> SetFree:
    """Says how many bytes of the disk are free."""

    def to(free: int) -> None:
        monkeypatch.setattr(
            "functions.adapters.embedded.reserve.os.statvfs", lambda _: SimpleNamespace(f_bavail=free, f_frsize=1)
        )

    return to


@pytest.fixture
def reserve(tmp_path: Path) -> Reserve:
    return Reserve(tmp_path / "data" / "reserve")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "reserve"


@pytest.fixture
def bucket(tmp_path: Path, reserve: Reserve) -> Iterator[FilesystemBucket]:
    with closing(FilesystemBucket(tmp_path / "data" / "originals", name="originals", reserve=reserve)) as each:
        yield each


@pytest.fixture
def catalog(tmp_path: Path, reserve: Reserve) -> Iterator[SqliteCatalog]:
    with closing(SqliteCatalog(tmp_path / "data" / "catalog.db", reserve=reserve)) as each:
        yield each


def full_once() -> Callable[[], str]:
    """Fails on a full disk the first time."""
    attempts = iter([StorageFull(), None])

    def act() -> str:
        if error := next(attempts):
            raise error
        return "done"

    return act


def test_the_server_keeps_it_and_no_other_program_creates_it(reserve: Reserve, file: Path) -> None:
    reserve.require()
    assert not file.exists()
    assert reserve.keep()
    assert file.stat().st_size == SIZE


def test_it_is_released_for_the_second_attempt_and_created_again_when_there_is_space(
    reserve: Reserve, file: Path, set_free: SetFree
) -> None:
    reserve.keep()
    set_free(2 * SIZE - 1)
    rooms: list[bool] = []
    assert reserve.spend(full_once(), lambda: rooms.append(file.exists())) == "done"
    assert rooms == [False]
    with pytest.raises(StorageFull):
        reserve.require()
    set_free(2 * SIZE)
    reserve.require()
    assert file.stat().st_size == SIZE


def test_what_does_not_help_is_not_tried_for_ever(reserve: Reserve) -> None:
    attempts = []

    def act() -> None:
        attempts.append(1)
        raise StorageFull

    with pytest.raises(StorageFull):
        reserve.spend(act, lambda: None)
    assert len(attempts) == 2


def test_an_interrupted_creation_is_repeated(reserve: Reserve, file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"short")
    assert reserve.keep()
    assert file.stat().st_size == SIZE


def test_while_it_is_missing_only_deletions_write(
    reserve: Reserve, file: Path, bucket: FilesystemBucket, catalog: SqliteCatalog, set_free: SetFree
) -> None:
    reserve.keep()
    kept = put(bucket, "kept.jpg")
    catalog.create(entry())
    set_free(0)
    file.unlink()
    files = sorted(file.parent.rglob("*"))
    for write in (
        lambda: put(bucket, "new.jpg"),
        lambda: bucket.set_metadata(kept, {}),
        lambda: catalog.create(entry(2)),
    ):
        with pytest.raises(StorageFull):
            write()
    assert sorted(file.parent.rglob("*")) == files
    bucket.delete("kept.jpg", if_generation=kept.generation)
    found = catalog.get(entry().id)
    assert found
    catalog.delete(seen=found)
    assert (bucket.list(), catalog.get(entry().id)) == ([], None)


def test_a_deletion_on_a_full_disk_leaves_what_another_one_leaves(
    reserve: Reserve, bucket: FilesystemBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt fails at its end, after the sidecar was marked."""
    reserve.keep()
    gone = put(bucket)
    utime = os.utime
    failed: list[int] = []

    def full(*arguments: Any) -> None:
        if not failed:
            failed.append(1)
            raise OSError(errno.ENOSPC, "No space left on device")
        utime(*arguments)

    monkeypatch.setattr("functions.adapters.embedded.sidecars.os.utime", full)
    bucket.delete("a.jpg", if_generation=gone.generation)
    assert failed
    assert bucket.list() == []
    assert [path.suffix for path in (bucket.path.parent / "blobs").glob("*/*")] == [".deleted"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_file_system_and_a_full_quota_are_recognized(code: int) -> None:
    with pytest.raises(StorageFull), translated("written"):
        raise OSError(code, os.strerror(code))


def test_a_database_that_cannot_grow_is_recognized(catalog: SqliteCatalog) -> None:
    catalog.create(entry())
    with catalog._database.reading() as connection:  # SQLite's own limit stands for that of the disk
        connection.execute("PRAGMA max_page_count = 1")
    entries = map(entry, range(2, 10_000))
    with pytest.raises(StorageFull):
        list(map(catalog.create, entries))


def test_other_errors_are_none_of_a_full_disk() -> None:
    with pytest.raises(Unavailable) as caught, translated("written"):
        raise OSError(errno.EIO, "Input/output error")
    assert type(caught.value) is Unavailable
