"""Lost, damaged or old databases of the embedded backend: `make run` reports them, and `make reindex` repairs them."""

import json
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests
from PIL import ExifTags

from tests.photos import exif_bytes, jpeg, photo
from tests.processes import Runner, command, running

pytestmark = pytest.mark.load

LOST = "Stop the server and run: make reindex"


def lists(runner: Runner) -> list[bytes]:
    """The lists without the address, because each runner has another port."""
    queries = ("", "?album=2024", "?tag=sea", "?order=oldest", "?order=taken", "?order=-taken")
    return [runner.get(f"/list{each}").content.replace(runner.address.encode(), b"") for each in queries]


def picture(number: int) -> bytes:
    """A photo; each has another time, except for the first one, which has none."""
    tags: dict[int, str] = {ExifTags.Base.DateTimeOriginal: f"2024:07:01 12:00:0{number}"} if number else {}
    return jpeg(photo(300 + number, 200), exif=exif_bytes(tags=tags))


def filled(data: Path) -> tuple[list[bytes], str]:
    """Store three photos, of which one is changed, and delete a fourth. Returns the lists and the deleted id."""
    with running(data) as runner:
        ids = [runner.post(picture(each), album="2024", tags="sea").json()["id"] for each in range(4)]
        for each in ids:
            runner.wait_until_ready(each)
        url = f"{runner.address}/update/{ids[0]}"
        assert requests.patch(url, json={"caption": "changed"}, headers=runner.key, timeout=10).status_code == 200
        deletion = requests.delete(f"{runner.address}/delete/{ids[3]}", headers=runner.key, timeout=10)
        assert deletion.status_code == 204
        before = lists(runner)
        assert len(json.loads(before[0])["images"]) == 3
        runner.stop()
    return before, ids[3]


def photos(data: Path) -> dict[Path, bytes]:
    """All files in the buckets that may be the only copy of an image."""
    return {path: path.read_bytes() for bucket in ("originals", "dropbox") for path in data.glob(f"{bucket}/blobs/*/*")}


def age(data: Path) -> None:
    long_ago = time.time() - 90_000
    for each in data.glob("*/blobs/*/*"):
        os.utime(each, (long_ago, long_ago))


def refusal(data: Path) -> str:
    """Start the server, which must fail. Returns its message."""
    with pytest.raises(AssertionError, match="does not answer"), running(data):
        pass
    (log,) = data.parent.glob("data.log")
    return log.read_text().splitlines()[-1]


@pytest.mark.parametrize("damage", ["removed", "emptied", "overwritten"])
def test_the_server_does_not_start_without_its_index_and_reindex_rebuilds_it(damage: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    before, deleted = filled(data)
    there = photos(data)
    index = data / "originals/index.db"
    index.unlink()
    if damage != "removed":
        index.write_bytes(b"" if damage == "emptied" else b"not a database" * 1000)
    age(data)
    expected = (
        "originals/index.db is damaged."
        if damage == "overwritten"
        else "originals/index.db is missing or empty, but there are files in originals/blobs. No file was removed."
    )
    assert refusal(data) == f"{expected} {LOST} DATA={data}"
    assert photos(data) == there
    done = command("reindex", data)
    assert done.returncode == 0, done.stderr
    assert "The index of originals was rebuilt from its files: 3 objects, 1 deleted." in done.stdout
    assert photos(data) == there
    with running(data) as runner:
        assert lists(runner) == before
        assert runner.get(f"/fetch/{deleted}").status_code == 404
        assert runner.post(picture(3)).status_code == 201, "a deleted image can be uploaded again"


@pytest.mark.parametrize("damage", ["removed", "overwritten"])
def test_the_server_does_not_start_without_its_catalog_and_reindex_rebuilds_it(damage: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    before, _ = filled(data)
    (data / "catalog.db").unlink()
    if damage == "overwritten":
        (data / "catalog.db").write_bytes(b"not a database" * 1000)
    assert refusal(data).endswith(f"{LOST} DATA={data}")
    assert command("fsck", data).stderr.endswith(f"{LOST} DATA={data}\n")
    done = command("reindex", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "3 objects: 3 made."
    assert bool(list(data.glob("catalog.db.lost-*"))) == (damage == "overwritten")
    with running(data) as runner:
        assert lists(runner) == before


@pytest.mark.parametrize("name", ["renditions/index.db", "tickets.db", "counters.db"])
def test_any_other_damaged_database_is_reported_and_renamed(name: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    (data / name).write_bytes(b"not a database" * 1000)
    assert refusal(data) == f"{name} is damaged. {LOST} DATA={data}"
    done = command("reindex", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{name} was damaged. It is kept as {Path(name).name}.lost-")
    with running(data) as runner:
        for image in json.loads(lists(runner)[0])["images"]:
            runner.wait_until_ready(image["id"])


@pytest.mark.parametrize("name", ["originals/index.db", "catalog.db"])
def test_a_database_without_its_tables_is_damaged(name: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    before, _ = filled(data)
    with closing(sqlite3.connect(data / name)) as connection:
        connection.execute(f"DROP TABLE {'objects' if 'index' in name else 'tags'}")
    assert refusal(data) == f"{name} is damaged. {LOST} DATA={data}"
    assert command("reindex", data).returncode == 0
    with running(data) as runner:
        assert lists(runner) == before


def test_a_catalog_in_the_form_of_an_older_release_is_reported_and_made_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    before, _ = filled(data)
    with closing(sqlite3.connect(data / "catalog.db")) as connection:
        for (index,) in connection.execute("SELECT name FROM sqlite_schema WHERE name LIKE '%_clock%'").fetchall():
            connection.execute(f"DROP INDEX {index}")
        for table in ("images", "tags"):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN wall_clock")
            connection.execute(f"ALTER TABLE {table} DROP COLUMN wall_clock_ascending")
        connection.execute("UPDATE images SET document = json_remove(document, '$.form', '$.wall_clock')")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    assert refusal(data) == f"catalog.db is in the form of an older release. {LOST} DATA={data}"
    done = command("reindex", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("catalog.db was in the form of an older release. It is kept as catalog.db.lost-")
    assert done.stdout.splitlines()[-1] == "3 objects: 3 made."
    with running(data) as runner:
        assert lists(runner) == before


def test_a_database_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    with closing(sqlite3.connect(data / "catalog.db")) as connection:
        connection.execute("PRAGMA user_version = 3")
    sentence = "catalog.db was written by a newer release. Update this one."
    assert refusal(data) == sentence
    assert command("reindex", data).stderr.startswith(sentence)


@pytest.mark.parametrize("name", ["originals/index.db", "catalog.db", ".lock"])
def test_a_folder_in_place_of_a_file_is_reported(name: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    (data / name).unlink()
    (data / name).mkdir()
    assert str(data / name) in refusal(data)
    if name != ".lock":
        assert refusal(data).endswith(f"or move it away and run: make reindex DATA={data}")
        (data / name).rename(tmp_path / "away")
        assert command("reindex", data).returncode == 0
    else:
        assert refusal(data).endswith("Make it a file that you may write, or remove it.")


def test_damage_in_the_middle_of_a_database_is_found_by_reindex(tmp_path: Path) -> None:
    data = tmp_path / "data"
    before, _ = filled(data)
    path = data / "catalog.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    done = command("reindex", data)
    assert (done.returncode, done.stderr) == (0, "")
    with running(data) as runner:
        assert lists(runner) == before


def test_a_dry_run_reports_the_changes_and_writes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    (data / "originals/index.db").unlink()
    before = {*data.rglob("*"), data / ".lock"}
    done = command("reindex", data, "--dry-run")
    assert done.stdout == "The index of originals would be rebuilt from its files: 3 objects, 1 deleted.\n"
    assert done.stderr.startswith("Nothing was written.")
    assert set(data.rglob("*")) == before


def test_no_database_is_rebuilt_while_a_server_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as runner:
        runner.wait_until_ready(runner.post(jpeg(photo(300, 200))).json()["id"])
        (data / "originals/index.db").unlink()
        done = command("reindex", data)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"A server still uses the folder {data}. Stop it, then run this command again.\n"


def test_a_start_with_an_older_index_counts_and_keeps_the_files_that_it_does_not_list(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as runner:
        runner.wait_until_ready(runner.post(jpeg(photo(300, 200))).json()["id"])
        runner.stop()
        shutil.copy(data / "originals/index.db", tmp_path / "backup.db")
        runner.start()
        runner.wait_until_ready(runner.post(jpeg(photo(310, 200))).json()["id"])
        runner.stop()
    shutil.copy(tmp_path / "backup.db", data / "originals/index.db")
    assert not list(data.glob("*/*-wal")), "the copy of the file must have all data, without a log beside it"
    age(data)
    there = photos(data)
    with running(data) as runner:
        until = time.monotonic() + 20
        while "originals: 1 files are not in the index. They are kept." not in runner.log.read_text():
            assert time.monotonic() < until, runner.log.read_text()
            time.sleep(0.05)
        assert photos(data) == there
