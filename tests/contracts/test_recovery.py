"""A lost or damaged index can be rebuilt from the files, and no file is removed."""

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.database import Database
from functions.adapters.embedded.leftovers import left_over, unlisted
from functions.adapters.embedded.recovery import rebuild
from functions.domain.errors import Damaged, IndexLost
from functions.domain.ports import Object
from tests.contracts.bucket_fixtures import ODD_NAMES
from tests.contracts.recoveries import NAME, age, files, lose, opened, put, rebuilt, state


def fill(bucket: FilesystemBucket) -> list[tuple[Object, bytes]]:
    """Write objects: new, replaced, described, deleted and restored ones. Returns the state of the bucket."""
    for name in ODD_NAMES:
        put(bucket, name, name.encode(), caption="é 🌅 \n", empty="")
    put(bucket, "replaced", b"old")
    put(bucket, "replaced", b"new")
    bucket.set_metadata(put(bucket, "described"), {"caption": "after"})
    bucket.delete("gone", if_generation=put(bucket, "gone").generation)
    bucket.delete("back", if_generation=put(bucket, "back", b"once").generation)
    put(bucket, "back", b"again")
    return state(bucket)


@pytest.mark.parametrize("lost", ["missing", "empty", "not a database", "truncated", "no schema"])
def test_a_lost_index_is_not_replaced_by_an_empty_one_and_can_be_rebuilt(lost: str, bucket: FilesystemBucket) -> None:
    before = fill(bucket)
    there = files(bucket)
    lose(bucket)
    if lost == "empty":
        bucket.path.touch()
    elif lost == "not a database":
        bucket.path.write_bytes(b"this is not a database" * 1000)
    elif lost == "truncated":
        with closing(opened(bucket.path.parent.parent / "other")) as other:
            fill(other)
        whole = other.path.read_bytes()
        bucket.path.write_bytes(whole[: len(whole) // 2])
    elif lost == "no schema":
        database = Database(bucket.path, "CREATE TABLE a (b)", "The database")
        with closing(database), database.reading() as connection:
            connection.execute("DROP TABLE a")
            connection.execute("PRAGMA user_version = 0")
    with pytest.raises(Damaged):
        bucket.list()
    assert files(bucket) == there
    result = rebuilt(bucket)
    assert (result.objects, result.lost, result.unknown) == (len(before), [], 0)
    assert bool(result.set_aside) == (lost != "missing")
    assert state(bucket) == before
    assert files(bucket) == there
    assert put(bucket, "new").generation > max(each.generation for each, _ in before)
    age(bucket)
    assert not list(left_over(bucket))
    assert not list(unlisted(bucket))


def test_a_dry_run_writes_nothing(bucket: FilesystemBucket) -> None:
    before = fill(bucket)
    lose(bucket)
    assert rebuild(bucket, datetime.now(UTC), dry_run=True).objects == len(before)
    with pytest.raises(IndexLost):
        bucket.list()


def test_an_old_log_of_a_lost_index_is_not_replayed_into_the_new_one(bucket: FilesystemBucket, tmp_path: Path) -> None:
    """After a kill, SQLite's log stays beside the index. A user can delete the index and leave the log."""
    before = fill(bucket)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "originals", copy / "originals")
    assert (copy / "originals/index.db-wal").stat().st_size
    (copy / "originals/index.db").unlink()
    with closing(opened(copy)) as other:
        with pytest.raises(IndexLost):
            other.list()
        rebuilt(other)
        assert state(other) == before


def test_a_bucket_without_files_starts_with_a_new_index(bucket: FilesystemBucket) -> None:
    lose(bucket)
    assert not bucket.list()
    bucket.delete(NAME, if_generation=put(bucket).generation)
    lose(bucket)
    assert not bucket.list(), "records of deletions are not objects"


def test_lost_bytes_are_reported_and_their_description_is_kept(bucket: FilesystemBucket) -> None:
    put(bucket, NAME, b"bytes", caption="Dawn")
    put(bucket, "b.jpg")
    lose(bucket)
    (lost,) = (each for each in files(bucket) if (bucket.blobs.read(each) or b"") == b"bytes")
    bucket.blobs.remove(lost)
    result = rebuilt(bucket)
    assert (result.objects, result.lost) == (1, [f"originals/blobs/{lost}"])
    sidecar = (bucket.blobs.folder / lost).with_suffix(".json")
    assert json.loads(sidecar.read_text())["metadata"] == {"caption": "Dawn"}


def test_files_without_a_readable_sidecar_are_counted_and_kept(bucket: FilesystemBucket) -> None:
    put(bucket, "b.jpg")
    put(bucket)
    lose(bucket)
    first, second = (bucket.blobs.folder / each for each in sorted(files(bucket)) if each.endswith(".json"))
    first.unlink()
    second.write_text('{"name": "a.jpg", "gener')
    there = files(bucket)
    result = rebuilt(bucket)
    assert (result.objects, result.unknown) == (0, 2)
    assert files(bucket) == there


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b'"text"',
        {"name": "\ud800"},
        {"name": None, "generation": None},
        {"generation": 10**30},
        {"generation": -1},
        {"size": "many"},
        {"updated": "yesterday"},
        {"created": 5},
        {"metadata": ["caption"]},
        {"metadata": {"caption": 5}},
        {"name": ""},
        {"type": "\ud800"},
        {"generation": True},
        {"generation": float("inf")},
        {"created": "0001-01-01T00:00:00+14:00"},
        {"updated": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_an_invalid_sidecar_does_not_stop_a_rebuild(
    damage: bytes | dict[str, object], bucket: FilesystemBucket
) -> None:
    put(bucket, "b.jpg")
    put(bucket)
    lose(bucket)
    path = min(bucket.blobs.folder.glob("*/*.json"))
    path.write_bytes(
        damage if isinstance(damage, bytes) else json.dumps(json.loads(path.read_text()) | damage).encode()
    )
    there = files(bucket)
    result = rebuilt(bucket)
    assert (result.objects, result.unknown) == (1, 1)
    assert len(state(bucket)) == 1
    assert files(bucket) == there
    age(bucket)
    assert [each.only_copy for each in left_over(bucket)] == [True]


def test_a_sidecar_that_is_a_folder_does_not_stop_a_rebuild(bucket: FilesystemBucket) -> None:
    put(bucket, "b.jpg")
    put(bucket)
    lose(bucket)
    path = min(bucket.blobs.folder.glob("*/*.json"))
    path.unlink()
    path.mkdir()
    assert rebuilt(bucket).objects == 1


def test_bytes_are_found_after_a_restore_changed_the_suffix_of_their_file(bucket: FilesystemBucket) -> None:
    put(bucket, caption="Dawn")
    lose(bucket)
    (path,) = bucket.blobs.folder.glob("*/*.jpg")
    path.rename(path.with_suffix(".jpeg"))
    path.with_suffix(".jpg~").write_bytes(b"an editor's copy")
    result = rebuilt(bucket)
    assert (result.objects, result.unknown, result.lost) == (1, 1, [])
    assert bucket.read(NAME)[1] == b"first"
    age(bucket)
    assert not list(unlisted(bucket))


def test_a_copy_of_a_sidecar_without_bytes_does_not_hide_the_object(bucket: FilesystemBucket) -> None:
    put(bucket)
    lose(bucket)
    (path,) = bucket.blobs.folder.glob("*/*.json")
    for folder in {"00", "zz"} - {path.parent.name}:
        (bucket.blobs.folder / folder).mkdir(exist_ok=True)
        shutil.copy(path, bucket.blobs.folder / folder / path.name)
    assert rebuilt(bucket).objects == 1
    assert bucket.read(NAME)[1] == b"first"


def test_two_objects_with_the_same_generation_are_both_rebuilt(bucket: FilesystemBucket) -> None:
    """A clock that was set back can give the same generation twice."""
    first, _ = put(bucket), put(bucket, "b.jpg")
    lose(bucket)
    for path in bucket.blobs.folder.glob("*/*.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"generation": first.generation}))
    assert rebuilt(bucket).objects == 2
    before = state(bucket)
    assert len({each.generation for each, _ in before}) == 2
    lose(bucket)
    rebuilt(bucket)
    assert state(bucket) == before
