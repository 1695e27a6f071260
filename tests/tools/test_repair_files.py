"""`make fsck` with the files of the embedded backend: lost bytes, left-over files and other problems."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from functions.wiring import filesystem_bucket
from tests.backends import Embedded
from tests.contracts.killed_at import killed_at
from tests.harness import Service
from tests.photos import jpeg, photo
from tests.processes import command
from tests.repairs import forget_events, lose_bytes, remove_all


def test_files_of_an_interrupted_write_are_found_and_set_aside(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        service.stored(jpeg(photo(300, 200)))
    left = data / "originals/blobs/aa/0.jpg"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"half a file")
    assert command("fsck", data, "--grace", "0").returncode == 0, "a process may still write the file"
    os.utime(left, (0, 0))
    found = command("fsck", data, "--grace", "0")
    assert (found.returncode, left.exists()) == (1, True)
    assert "found: left-over files: originals: No object needs them (1)." in found.stdout
    repaired = command("fsck", data, "--grace", "0", "--fix")
    assert "repaired: left-over files: originals: No object needs them (1). They are in originals/left-over now." in (
        repaired.stdout.splitlines()
    )
    assert (repaired.returncode, left.exists()) == (0, False)
    assert (data / "originals/left-over/aa0.jpg").read_bytes() == b"half a file", "the file may be the only copy"
    assert command("fsck", data, "--grace", "0").returncode == 0


def test_what_is_left_alone_because_it_is_young_is_counted(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        for width in (300, 310, 320):
            service.stored(jpeg(photo(width, 200)))
        assert command("fsck", data).stdout == "3 images checked.\nNothing is wrong.\n"
        service.drop("holiday/photo.jpg", jpeg(photo(330, 200)))
        service.drop("folder/", b"")
        forget_events(service)
    shutil.rmtree(data / "renditions")
    checked = command("fsck", data)
    assert checked.returncode == 0
    assert checked.stdout == (
        "3 images checked.\n"
        "3 images look wrong and 1 drop waits in the dropbox, but changed within the last 10 minutes, so the events "
        "may still arrive. Check them now with: make fsck GRACE=0\n"
        "Nothing else is wrong.\n"
    )
    found = command("fsck", data, "--grace", "0").stdout
    assert found.count("found: missing renditions:") == 3
    assert found.count("found: stuck drop:") == 1


def test_lost_bytes_are_reported_and_lost_renditions_created_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        lost, sound = (service.stored(jpeg(photo(width, 200)))["id"] for width in (300, 310))
        first = service.renditions.list(f"{sound}/")[0]
        before = service.renditions.read(first.name)[1]
        lose_bytes(data, *service.originals.list(f"{lost}."))
    lose_bytes(data, first, bucket="renditions")
    reported = f"lost bytes: {first.name}: renditions/blobs/"
    assert f"found: {reported}" in command("fsck", data, "--grace", "0").stdout
    repaired = command("fsck", data, "--grace", "0", "--fix")
    assert repaired.returncode == 1
    assert f"repaired: {reported}" in repaired.stdout
    again = command("fsck", data, "--grace", "0", "--fix")
    (line,) = (each for each in again.stdout.splitlines() if ": lost bytes: " in each)
    assert line.startswith(f"left: lost bytes: {lost}.jpg: originals/blobs/")
    assert line.endswith("Restore it from a backup, or delete the image and upload it again.")
    with Service(data, Embedded()) as service:
        assert service.renditions.read(first.name)[1] == before


@pytest.mark.parametrize("options", [[], ["--fix"], ["--fix", "--empty"]])
def test_fsck_changes_nothing_if_an_index_is_lost(options: list[str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        service.stored(jpeg(photo(300, 200)))
    (data / "originals/index.db").unlink()
    before = age(data)
    done = command("fsck", data, "--grace", "0", *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "originals/index.db is missing or empty, but there are files in originals/blobs. No file was removed. "
        f"Stop the server and run: make reindex DATA={data}\n"
    )
    assert age(data) == before


def test_fsck_removes_nothing_if_there_are_no_originals(tmp_path: Path) -> None:
    """All originals may have been deleted on purpose, or the name of the bucket may be wrong."""
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        service.stored(jpeg(photo(300, 200)))
        remove_all(service.originals)
        forget_events(service)
    assert "make fsck FIX=1 EMPTY=1" in command("fsck", data, "--grace", "0").stdout.splitlines()[-1]
    refused = command("fsck", data, "--grace", "0", "--fix")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("There are no originals")
    with Service(data, Embedded()) as service:
        assert service.renditions.list()
    assert command("fsck", data, "--grace", "0", "--fix", "--empty").returncode == 0
    with Service(data, Embedded()) as service:
        assert not service.renditions.list()


def test_an_object_that_the_index_does_not_list_is_adopted(tmp_path: Path) -> None:
    """An index from a backup is older than the files. A newer file may be the only copy of an image."""
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        first = service.stored(jpeg(photo(300, 200)))["id"]
    shutil.copy(data / "originals/index.db", tmp_path / "backup.db")
    with Service(data, Embedded()) as service:
        second = service.stored(jpeg(photo(310, 200)), caption="Dawn")["id"]
    for each in data.glob("originals/index.db*"):
        each.unlink()
    shutil.copy(tmp_path / "backup.db", data / "originals/index.db")
    age(data)
    found = command("fsck", data, "--grace", "0").stdout
    assert f"found: unlisted object: {second}.jpg: The index does not list originals/blobs/" in found
    assert command("fsck", data, "--grace", "0", "--fix").returncode == 0
    assert command("fsck", data, "--grace", "0").returncode == 0
    with Service(data, Embedded()) as service:
        listed = {each["id"]: each for each in json.loads(service.get("/list").data)["images"]}
        assert listed.keys() == {first, second}
        assert listed[second]["caption"] == "Dawn"


def describe_first(data: Path) -> None:
    with closing(filesystem_bucket(data, "originals")) as bucket:
        (seen,) = bucket.list()
        bucket.set_metadata(seen, {**seen.metadata, "caption": "Dusk"})


def test_an_update_that_was_killed_before_its_commit_is_completed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        image_id = service.stored(jpeg(photo(300, 200)), caption="Dawn")["id"]
        forget_events(service)
    steps = 0
    while command("fsck", data, "--grace", "0").returncode == 0:
        assert killed_at(steps, describe_first, data), "no kill left a sidecar that is newer than the index"
        steps += 1
    found = command("fsck", data, "--grace", "0").stdout.splitlines()
    assert found[0] == "found: damaged sidecars: originals: They are newer than the index (1)."
    assert found[-1] == "Nothing was written. Repair it with: make fsck FIX=1"
    repaired = command("fsck", data, "--grace", "0", "--fix")
    line = "repaired: damaged sidecars: originals: They are newer than the index (1). The index has their state now."
    assert (repaired.returncode, repaired.stdout.splitlines()[0]) == (0, line)
    clean = command("fsck", data, "--grace", "0")
    assert (clean.returncode, clean.stdout) == (0, "1 images checked.\nNothing is wrong.\n")
    with Service(data, Embedded()) as service:
        assert json.loads(service.get(f"/fetch/{image_id}/details").data)["caption"] == "Dusk"


def test_a_check_does_not_offer_a_repair_that_cannot_succeed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        service.stored(jpeg(photo(300, 200)))
        lose_bytes(data, *service.originals.list())
    found = command("fsck", data)
    assert found.returncode == 1
    assert "Restore it from a backup" in found.stdout
    assert "FIX=1" not in found.stdout


def test_a_drop_that_was_refused_a_week_ago_is_found_and_removed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        service.drop("holiday/notes.jpg", b"not an image")
        service.deliver()
    assert command("fsck", data, "--grace", "0").returncode == 0
    with closing(sqlite3.connect(data / "dropbox/index.db")) as index, index:
        index.execute("UPDATE objects SET updated = updated - ?", (8 * 24 * 3600 * 1_000_000,))
    assert "found: expired drop: holiday/notes.jpg: It was refused on " in command("fsck", data).stdout
    assert "repaired: expired drop: holiday/notes.jpg: " in command("fsck", data, "--fix").stdout
    with Service(data, Embedded()) as service:
        assert not service.dropbox.list()


def age(data: Path) -> set[Path]:
    """Make all files of the originals old. Returns their names."""
    files = set((data / "originals/blobs").glob("*/*"))
    for each in files:
        os.utime(each, (0, 0))
    return files
