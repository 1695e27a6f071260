"""An index that is lost or damaged: nothing is removed, and the files are enough to make it again."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.leftovers import GRACE, Tidied, adopt, left_over, tidy, unlisted
from functions.adapters.embedded.recovery import Rebuilt, rebuild
from functions.domain.errors import Damaged, IndexLost, Unavailable
from functions.domain.ports import Object
from tests.contracts.bucket_fixtures import ODD_NAMES
from tests.contracts.killed_at import killed_at

NAME = "a.jpg"


def opened(folder: Path) -> FilesystemBucket:
    return FilesystemBucket(folder / "originals", name="originals", notifies=True)


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[FilesystemBucket]:
    with closing(opened(tmp_path)) as bucket:
        yield bucket


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


# --- a lost index


def fill(bucket: FilesystemBucket) -> list[tuple[Object, bytes]]:
    """Objects with every kind of past; what they are now."""
    for name in ODD_NAMES:
        put(bucket, name, name.encode(), caption="é 🌅 \n", empty="")
    put(bucket, "replaced", b"old")
    put(bucket, "replaced", b"new")
    bucket.set_metadata(put(bucket, "described"), {"caption": "after"})
    bucket.delete("gone", if_generation=put(bucket, "gone").generation)
    bucket.delete("back", if_generation=put(bucket, "back", b"once").generation)
    put(bucket, "back", b"again")
    return state(bucket)


@pytest.mark.parametrize("lost", ["missing", "empty", "no database", "cut short", "no schema"])
def test_a_lost_index_is_never_replaced_by_an_empty_one_and_the_files_give_it_back(
    lost: str, bucket: FilesystemBucket
) -> None:
    before = fill(bucket)
    there = files(bucket)
    lose(bucket)
    if lost == "empty":
        bucket.path.touch()
    elif lost == "no database":
        bucket.path.write_bytes(b"this is not a database" * 1000)
    elif lost == "cut short":
        with closing(opened(bucket.path.parent.parent / "other")) as other:
            fill(other)
        whole = other.path.read_bytes()
        bucket.path.write_bytes(whole[: len(whole) // 2])
    elif lost == "no schema":
        with bucket.database.__class__(bucket.path, "CREATE TABLE a (b)", "The database").reading() as connection:
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
    """After a kill, SQLite's log lies beside the index; someone may remove the index alone."""
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


def test_a_bucket_without_files_just_begins(bucket: FilesystemBucket) -> None:
    lose(bucket)
    assert not bucket.list()
    bucket.delete(NAME, if_generation=put(bucket).generation)
    lose(bucket)
    assert not bucket.list(), "marks of deletions alone are nothing to lose"


def test_bytes_that_are_gone_are_reported_and_their_words_kept(bucket: FilesystemBucket) -> None:
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
def test_a_sidecar_that_makes_no_sense_spoils_no_rebuild(
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


def test_a_sidecar_that_is_a_folder_spoils_no_rebuild(bucket: FilesystemBucket) -> None:
    put(bucket, "b.jpg")
    put(bucket)
    lose(bucket)
    path = min(bucket.blobs.folder.glob("*/*.json"))
    path.unlink()
    path.mkdir()
    assert rebuilt(bucket).objects == 1


def test_bytes_are_found_by_their_name_whatever_a_restore_has_made_of_its_suffix(bucket: FilesystemBucket) -> None:
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
    for folder in ("00", "zz"):
        (bucket.blobs.folder / folder).mkdir(exist_ok=True)
        shutil.copy(path, bucket.blobs.folder / folder / path.name)
    assert rebuilt(bucket).objects == 1
    assert bucket.read(NAME)[1] == b"first"


def test_what_a_damaged_name_seems_to_supersede_is_not_removed(bucket: FilesystemBucket) -> None:
    """Two sidecars of one name: the later is listed, and the bytes of the other may be the only copy of something."""
    put(bucket, "b.jpg", b"only copy")
    put(bucket)
    lose(bucket)
    for path in bucket.blobs.folder.glob("*/*.json"):
        path.write_text(path.read_text().replace('"b.jpg"', f'"{NAME}"'))
    assert rebuilt(bucket).objects == 1
    age(bucket)
    assert [each.only_copy for each in left_over(bucket)] == [True]


@pytest.mark.parametrize("damage", ["cut", "missing", "a folder", "of another object"])
def test_a_damaged_sidecar_is_written_again_while_the_index_is_there(damage: str, bucket: FilesystemBucket) -> None:
    put(bucket, "b.jpg")
    put(bucket, caption="Dawn")
    before = state(bucket)
    first, second = bucket.blobs.folder.glob("*/*.json")
    text = first.read_text()
    first.unlink()
    if damage == "cut":
        first.write_text(text[:50])
    elif damage == "of another object":
        first.write_text(second.read_text())
    elif damage == "a folder":
        first.mkdir()
    assert tidy(bucket, dry_run=True).repaired == 1
    if damage == "a folder":
        with pytest.raises(Unavailable):
            tidy(bucket)
        first.rmdir()
    assert tidy(bucket).repaired == 1
    assert tidy(bucket) == Tidied()
    lose(bucket)
    rebuilt(bucket)
    assert state(bucket) == before


def test_an_older_index_does_not_overwrite_what_is_newer(bucket: FilesystemBucket, tmp_path: Path) -> None:
    """Neither newer words nor the mark of a deletion: without the index, they count again."""
    put(bucket, "kept.jpg", caption="old")
    put(bucket, "gone.jpg")
    bucket.close()
    shutil.copy(bucket.path, tmp_path / "backup.db")
    for each in bucket.list():
        if each.name == "gone.jpg":
            bucket.delete(each.name, if_generation=each.generation)
        else:
            bucket.set_metadata(each, {"caption": "new"})
    before = state(bucket)
    lose(bucket)
    shutil.copy(tmp_path / "backup.db", bucket.path)
    age(bucket)
    assert tidy(bucket) == Tidied(newer=2)
    lose(bucket)
    rebuilt(bucket)
    assert state(bucket) == before


def test_two_objects_of_one_generation_both_come_back(bucket: FilesystemBucket) -> None:
    """A clock that was set back may give a number twice."""
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


# --- an index that is older than the files


def test_what_an_older_index_does_not_know_is_kept_found_and_taken_in(bucket: FilesystemBucket, tmp_path: Path) -> None:
    put(bucket, "old.jpg")
    bucket.close()
    shutil.copy(bucket.path, tmp_path / "backup.db")
    put(bucket, "new.jpg", b"only copy", caption="Dawn")
    put(bucket, "old.jpg", b"replaced")
    bucket.delete("gone.jpg", if_generation=put(bucket, "gone.jpg").generation)
    before = state(bucket)
    lose(bucket)
    shutil.copy(tmp_path / "backup.db", bucket.path)
    age(bucket)
    assert tidy(bucket) == Tidied(unlisted=2, newer=1)
    assert sorted(each.row.object.name for each in unlisted(bucket)) == ["new.jpg", "old.jpg"]
    assert not list(left_over(bucket))
    taken = [each.row.object.name for each in list(unlisted(bucket)) if adopt(each, bucket)]
    assert taken == ["new.jpg"], "the index knows another old.jpg, and wins"
    assert bucket.read("new.jpg") == before[0]
    assert bucket.outbox.due(datetime.now(UTC), 9)[-1].object["name"] == "new.jpg"


def test_objects_from_before_there_were_sidecars_get_theirs(bucket: FilesystemBucket) -> None:
    put(bucket, "b.jpg", caption="Dawn")
    put(bucket)
    before = state(bucket)
    for path in bucket.blobs.folder.glob("*/*.json"):
        path.unlink()
    assert tidy(bucket) == Tidied(repaired=2)
    lose(bucket)
    rebuilt(bucket)
    assert state(bucket) == before


def test_marks_of_deletions_do_not_stay_for_ever(bucket: FilesystemBucket) -> None:
    put(bucket)
    bucket.delete(NAME, if_generation=put(bucket).generation)
    tidy(bucket)
    assert len(files(bucket)) == 2, "of the object, and of the one that it replaced"
    age(bucket)
    tidy(bucket)
    assert not files(bucket)


# --- killed at any operation on the file system


def create(folder: Path) -> None:
    with closing(opened(folder)) as bucket:
        put(bucket, NAME, b"first", caption="first")


def replace(folder: Path) -> None:
    with closing(opened(folder)) as bucket:
        put(bucket, NAME, b"second", caption="second")


def describe(folder: Path) -> None:
    with closing(opened(folder)) as bucket:
        seen = bucket.stat(NAME)
        assert seen is not None
        bucket.set_metadata(seen, {"caption": "described"})


def delete(folder: Path) -> None:
    with closing(opened(folder)) as bucket:
        seen = bucket.stat(NAME)
        assert seen is not None
        bucket.delete(NAME, if_generation=seen.generation)


def content(folder: Path) -> tuple[bytes, str] | None:
    with closing(opened(folder)) as bucket:
        found = bucket.list()
        return (bucket.read(NAME)[1], found[0].metadata["caption"]) if found else None


def after_a_lost_index(folder: Path) -> tuple[bytes, str] | None:
    """What a copy of the folder would be after its index was lost and made again."""
    copy = folder.with_name(f"{folder.name}-copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    with closing(opened(copy)) as bucket:
        lose(bucket)
        rebuilt(bucket)
    return content(copy)


OPERATIONS: dict[str, tuple[Callable[[Path], None], tuple[bytes, str] | None, tuple[bytes, str] | None]] = {
    "create": (create, None, (b"first", "first")),
    "replace": (replace, (b"first", "first"), (b"second", "second")),
    "describe": (describe, (b"first", "first"), (b"first", "described")),
    "delete": (delete, (b"first", "first"), None),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_killed_anywhere_the_files_tell_the_old_state_or_the_new_one(operation: str, tmp_path: Path) -> None:
    action, old, new = OPERATIONS[operation]
    for number in range(100):
        folder = tmp_path / f"{number}"
        with closing(opened(folder)) as bucket:
            assert not bucket.list()
        if old:
            create(folder)
        died = killed_at(number, action, folder)
        assert content(folder) in ({old, new} if died else {new})
        assert after_a_lost_index(folder) in ({old, new} if died else {new})
        check_that_later_deletions_last(folder)
        if not died:
            assert number > 2, "it must have been killed at some points"
            return
    raise AssertionError("it never came to an end")


def check_that_later_deletions_last(folder: Path) -> None:
    """Whatever a kill left behind, what is answered after it is not undone: by a rebuild, at once or a day later."""
    replace(folder)
    assert after_a_lost_index(folder) == (b"second", "second")
    delete(folder)
    assert after_a_lost_index(folder) is None
    with closing(opened(folder)) as bucket:
        for _ in range(2):
            age(bucket)
            assert not tidy(bucket).unlisted
            assert not list(unlisted(bucket))
    assert after_a_lost_index(folder) is None


def test_fsck_completes_or_removes_what_a_kill_left(tmp_path: Path) -> None:
    for number in range(100):
        folder = tmp_path / f"{number}"
        with closing(opened(folder)) as bucket:
            assert not bucket.list()
        died = killed_at(number, create, folder)
        with closing(opened(folder)) as bucket:
            age(bucket)
            for each in list(unlisted(bucket)):
                assert adopt(each, bucket)
            for left in list(left_over(bucket)):
                bucket.discard(left.blob)
            kept = [path for path in files(bucket) if not path.endswith(".new")]
            assert len(kept) == 2 * len(bucket.list()), "each object has its bytes and its sidecar"
        if not died:
            return
    raise AssertionError("it never came to an end")
