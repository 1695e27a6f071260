"""Files that do not agree with the index: a file that may be the only copy of an image is never removed."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.leftovers import Tidied, adopt, left_over, tidy, unlisted
from functions.domain.errors import Unavailable
from functions.domain.ports import DELETED, FINALIZED
from tests.contracts.recoveries import NAME, age, files, lose, put, rebuilt, state


def test_files_that_an_older_index_does_not_list_are_kept_and_adopted(bucket: FilesystemBucket, tmp_path: Path) -> None:
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
    adopted = [each.row.object.name for each in list(unlisted(bucket)) if adopt(each, bucket)]
    assert adopted == ["new.jpg"], "the index lists another old.jpg, which stays"
    assert bucket.read("new.jpg") == before[0]
    assert bucket.outbox.due(datetime.now(UTC), 9)[-1].object["name"] == "new.jpg"


def test_objects_of_releases_without_sidecars_get_sidecars(bucket: FilesystemBucket) -> None:
    put(bucket, "b.jpg", caption="Dawn")
    put(bucket)
    before = state(bucket)
    for path in bucket.blobs.folder.glob("*/*.json"):
        path.unlink()
    assert tidy(bucket) == Tidied(repaired=2)
    lose(bucket)
    rebuilt(bucket)
    assert state(bucket) == before


def test_records_of_deletions_are_removed_after_a_while(bucket: FilesystemBucket) -> None:
    put(bucket)
    bucket.delete(NAME, if_generation=put(bucket).generation)
    tidy(bucket)
    assert len(files(bucket)) == 2, "one record for the object, and one for the object that it replaced"
    age(bucket)
    tidy(bucket)
    assert not files(bucket)


def test_an_object_that_a_damaged_name_seems_to_replace_is_not_removed(bucket: FilesystemBucket) -> None:
    """If two sidecars have one name, the later is listed. The bytes of the other may be the only copy of an image."""
    put(bucket, "b.jpg", b"only copy")
    put(bucket)
    lose(bucket)
    for path in bucket.blobs.folder.glob("*/*.json"):
        path.write_text(path.read_text().replace('"b.jpg"', f'"{NAME}"'))
    assert rebuilt(bucket).objects == 1
    age(bucket)
    assert [each.only_copy for each in left_over(bucket)] == [True]


@pytest.mark.parametrize("damage", ["cut", "missing", "a folder", "of another object"])
def test_a_damaged_sidecar_is_repaired_from_the_index(damage: str, bucket: FilesystemBucket) -> None:
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


def test_an_older_index_does_not_overwrite_newer_sidecars(bucket: FilesystemBucket, tmp_path: Path) -> None:
    """It overwrites neither a newer description nor the record of a deletion. A rebuild of the index uses both."""
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


def test_an_older_index_is_brought_to_the_state_of_newer_sidecars(bucket: FilesystemBucket, tmp_path: Path) -> None:
    """Without a rebuild: descriptions, deletions and replacements that the index does not have."""
    for name in ("described.jpg", "gone.jpg", "purged.jpg", "replaced.jpg"):
        put(bucket, name, caption="old")
    bucket.close()
    shutil.copy(bucket.path, tmp_path / "backup.db")
    described, gone, purged, _ = bucket.list()
    bucket.set_metadata(described, {"caption": "new"})
    bucket.delete(gone.name, if_generation=gone.generation)
    bucket.delete(purged.name, if_generation=purged.generation, for_good=True)
    put(bucket, "replaced.jpg", b"second", caption="new")
    before = state(bucket)
    lose(bucket)
    shutil.copy(tmp_path / "backup.db", bucket.path)
    age(bucket)
    backup = bucket.list()
    assert tidy(bucket, dry_run=True, take_newer=True) == Tidied(unlisted=1, newer=4)
    assert bucket.list() == backup, "a dry run writes nothing"
    events = len(bucket.outbox.due(datetime.now(UTC), 99))
    assert tidy(bucket, take_newer=True) == Tidied(unlisted=1, newer=4)
    kinds = [(each.type, each.object["name"]) for each in bucket.outbox.due(datetime.now(UTC), 99)[events:]]
    assert sorted(kinds) == [
        (DELETED, "gone.jpg"),
        (DELETED, "purged.jpg"),
        (DELETED, "replaced.jpg"),
        (FINALIZED, "described.jpg"),
    ]
    assert all(adopt(each, bucket) for each in list(unlisted(bucket)))
    assert state(bucket) == before
    assert tidy(bucket) == Tidied()
    assert not list(left_over(bucket))


@pytest.mark.parametrize("damage", ["another name", "another size"])
def test_a_damaged_sidecar_is_not_taken_for_a_newer_one(damage: str, bucket: FilesystemBucket) -> None:
    put(bucket)
    before = state(bucket)
    (path,) = bucket.blobs.folder.glob("*/*.json")
    changed = {"metageneration": 7, **({"name": "b.jpg"} if damage == "another name" else {"size": 99})}
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    assert tidy(bucket, take_newer=True) == Tidied(repaired=1)
    assert tidy(bucket, take_newer=True) == Tidied()
    assert state(bucket) == before


def test_a_newer_description_is_taken_although_the_bytes_are_lost(bucket: FilesystemBucket) -> None:
    """The file keeps its name in the index, so that it can be restored."""
    seen = put(bucket)
    bucket.close()
    (path,) = bucket.blobs.folder.glob("*/*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "metageneration": 2, "metadata": {"caption": "new"}}))
    (blob,) = bucket.blobs.folder.glob("*/*.jpg")
    data = blob.read_bytes()
    blob.unlink()
    assert tidy(bucket, take_newer=True) == Tidied(newer=1)
    blob.write_bytes(data)
    ((found, content),) = state(bucket)
    assert (found.generation, found.metageneration, found.metadata) == (seen.generation, 2, {"caption": "new"})
    assert content == data
    assert tidy(bucket) == Tidied()
