"""`make fsck` on the files of the embedded backend: what is lost, and what is left over."""

import os
from pathlib import Path

import pytest

from tests.backends import Embedded
from tests.harness import Service
from tests.photos import jpeg, photo
from tests.processes import command
from tests.repairs import lose_bytes


def test_files_that_a_cut_off_write_left_are_found_and_removed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        service.stored(jpeg(photo(300, 200)))
    left = data / "originals/blobs/aa/0.jpg"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"half a file")
    assert command("fsck", data, "--grace", "0").returncode == 0, "it may still be written"
    os.utime(left, (0, 0))
    found = command("fsck", data, "--grace", "0")
    assert (found.returncode, left.exists()) == (1, True)
    assert "found: left-over files: originals: No object names them (1)." in found.stdout
    assert command("fsck", data, "--grace", "0", "--fix").returncode == 0
    assert not left.exists()
    assert command("fsck", data, "--grace", "0").returncode == 0


def test_bytes_that_are_lost_are_told_and_renditions_made_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        lost, sound = (service.stored(jpeg(photo(width, 200)))["id"] for width in (300, 310))
        first = service.renditions.list(f"{sound}/")[0]
        before = service.renditions.read(first.name)[1]
        lose_bytes(data, *service.originals.list(f"{lost}."))
    lose_bytes(data, first, bucket="renditions")
    told = f"lost bytes: {first.name}: renditions/blobs/"
    assert f"found: {told}" in command("fsck", data, "--grace", "0").stdout
    mended = command("fsck", data, "--grace", "0", "--fix")
    assert mended.returncode == 1
    assert f"mended: {told}" in mended.stdout
    again = command("fsck", data, "--grace", "0", "--fix")
    (line,) = (each for each in again.stdout.splitlines() if ": lost bytes: " in each)
    assert line.startswith(f"left: lost bytes: {lost}.jpg: originals/blobs/")
    assert line.endswith("Put it back from a backup, or delete the image and upload it again.")
    with Service(data, Embedded()) as service:
        assert service.renditions.read(first.name)[1] == before


@pytest.mark.parametrize("with_catalog", [True, False])
def test_nothing_is_mended_away_where_the_originals_are_lost(*, with_catalog: bool, tmp_path: Path) -> None:
    """An index deleted by mistake, or another bucket by its name: everything that is left looks like rubbish."""
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        service.stored(jpeg(photo(300, 200)))
        (index,) = service.originals.list()
    (data / "originals/index.db").rename(tmp_path / "backup.db")
    if not with_catalog:
        (data / "catalog.db").unlink()
        (data / "renditions/index.db").unlink()
    blobs = list((data / "originals/blobs").glob("*/*"))
    for each in blobs:
        os.utime(each, (0, 0))
    assert "make fsck FIX=1 EMPTY=1" in command("fsck", data, "--grace", "0").stdout.splitlines()[-1]
    refused = command("fsck", data, "--grace", "0", "--fix")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("There is not one original")
    (tmp_path / "backup.db").rename(data / "originals/index.db")
    assert command("fsck", data, "--grace", "0", "--fix").returncode == 0
    with Service(data, Embedded()) as service:
        assert service.originals.list() == [index]
        assert service.originals.read(index.name)
    (data / "originals/index.db").unlink()
    assert command("fsck", data, "--grace", "0", "--fix", "--empty").returncode == 0
    assert not any(each.exists() for each in blobs)
