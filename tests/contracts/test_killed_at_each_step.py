"""A process that is killed at any operation on the file system leaves the old state or the new one in its files."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from functions.adapters.embedded.leftovers import Tidied, adopt, left_over, tidy, unlisted
from tests.contracts.killed_at import killed_at
from tests.contracts.recoveries import NAME, age, files, lose, opened, put, rebuilt


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
    """The object in a copy of the folder, after the index of the copy was lost and rebuilt."""
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
def test_a_kill_at_any_operation_leaves_the_old_state_or_the_new_one(operation: str, tmp_path: Path) -> None:
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
            assert number > 2, "the process must have been killed at several operations"
            return
    raise AssertionError("the process was killed every time")


def check_that_later_deletions_last(folder: Path) -> None:
    """Check that no later rebuild, at once or after a day, undoes a call that succeeded after the kill."""
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


@pytest.mark.parametrize("operation", OPERATIONS)
def test_fsck_makes_the_files_and_the_index_agree_after_a_kill(operation: str, tmp_path: Path) -> None:
    """After the repair, there is nothing left to repair, and a rebuild of the index changes nothing."""
    action, old, new = OPERATIONS[operation]
    for number in range(100):
        folder = tmp_path / f"{number}"
        with closing(opened(folder)) as bucket:
            assert not bucket.list()
        if old:
            create(folder)
        died = killed_at(number, action, folder)
        with closing(opened(folder)) as bucket:
            age(bucket)
            tidy(bucket, take_newer=True)
            for each in list(unlisted(bucket)):
                if not adopt(each, bucket):
                    bucket.set_aside(each.row.blob)
            for left in list(left_over(bucket)):
                bucket.discard(left.blob)
            assert tidy(bucket) == Tidied()
        assert content(folder) in {old, new}
        assert after_a_lost_index(folder) == content(folder)
        if not died:
            return
    raise AssertionError("the process was killed every time")


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
            assert len(kept) == 2 * len(bucket.list()), "each object has one file with bytes and one sidecar"
        if not died:
            return
    raise AssertionError("the process was killed every time")
