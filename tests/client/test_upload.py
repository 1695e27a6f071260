"""`image-repo upload` of all kinds of folders, to the local runner."""

import hashlib
import os
from pathlib import Path
from zlib import crc32

import pytest

from image_repo import Client
from tests.client.metadata import sidecar, with_iptc
from tests.client.tool import Tool, a_photo, put
from tests.photos import gif, jpeg, photo, png, truncated


def test_a_folder_is_the_album_unless_an_album_is_given(tool: Tool, photos: Path) -> None:
    put(photos / "top.jpg", a_photo(1))
    put(photos / "2024/At the sea/deep.jpg", a_photo(2))
    lines, summary = tool.upload(photos)
    assert summary["stored"] == 2
    albums = {each["filename"]: each["album"] for each in tool.images()}
    assert albums["top.jpg"] is None
    assert albums["deep.jpg"] == lines["deep.jpg"]["album"] == "2024/At the sea"
    put(photos / "2024/named.jpg", a_photo(3))
    tool.upload(photos, "--album", "One for all")
    # The photo that had no album gets it; the other one keeps its own.
    assert [each["filename"] for each in tool.images("--album", "One for all")] == ["named.jpg", "top.jpg"]


def test_a_path_to_a_file_gives_it_no_album(tool: Tool, photos: Path) -> None:
    tool.upload(put(photos / "deep/down/single.jpg", a_photo(4)))
    (image,) = (each for each in tool.images() if each["filename"] == "single.jpg")
    assert image["album"] is None


def test_tags_captions_and_keywords_are_sent_with_the_photo(tool: Tool, photos: Path) -> None:
    data = with_iptc(jpeg(photo(120, 90, seed=5)), caption="Am Meer: Ελλάδα", keywords=["sea", "holiday"])
    put(photos / "described.jpg", data)
    tool.upload(photos, "--tags", "sea, summer,,sea", "--keywords")
    (image,) = (each for each in tool.images() if each["filename"] == "described.jpg")
    assert image["tags"] == ["sea", "summer", "holiday"]
    assert image["caption"] == "Am Meer: Ελλάδα"


def test_hidden_files_and_files_that_are_not_images_are_skipped_and_counted(tool: Tool, photos: Path) -> None:
    put(photos / "photo.jpg", a_photo(6))
    put(photos / "named as text.txt", gif())
    put(photos / "notes.txt", b"not an image")
    put(photos / ".hidden.jpg", a_photo(7))
    put(photos / ".folder/inside.jpg", a_photo(8))
    os.mkfifo(photos / "pipe.jpg")
    (photos / ".hidden link").symlink_to("gone.jpg")
    lines, summary = tool.upload(photos)
    assert set(lines) == {"photo.jpg", "named as text.txt"}
    assert (summary["stored"], summary["left_out"]) == (2, 5)
    assert "5 files skipped (3 hidden, 1 .txt, 1 .jpg)" in tool.run("upload", photos).stdout


@pytest.mark.parametrize("name", ["#recycle", "@eaDir", "$RECYCLE.BIN", "__MACOSX"])
def test_system_folders_are_skipped_unless_they_are_named(tool: Tool, photos: Path, name: str) -> None:
    put(photos / "2024" / name / "deep/thrown away.jpg", a_photo(70))
    assert [tool.upload(photos)[1][each] for each in ("stored", "present", "left_out")] == [0, 0, 1]
    lines, _ = tool.upload("--dry-run", photos / "2024" / name)
    assert list(lines) == ["thrown away.jpg"]


def test_the_counts_of_skipped_files_add_up_for_any_number_of_kinds(tool: Tool, photos: Path) -> None:
    for number in range(12):
        put(photos / f"notes.t{number}", b"not an image")
    shown = tool.run("upload", photos).stdout
    assert "12 files skipped (1 .t0, " in shown
    assert ", 4 others)" in shown


def test_a_path_to_a_pipe_or_a_device_fails_at_once_and_the_rest_is_stored(tool: Tool, photos: Path) -> None:
    os.mkfifo(photos / "pipe.jpg")
    good = put(photos / "good.jpg", a_photo(50))
    lines, summary = tool.upload(photos / "pipe.jpg", "/dev/zero", good, status=1)
    assert (summary["stored"], summary["failed"]) == (1, 2)
    assert all("This is a pipe, a device or a folder." in lines[each]["detail"] for each in ("pipe.jpg", "zero"))


def test_links_are_followed_and_loops_end(tool: Tool, tmp_path: Path, photos: Path) -> None:
    put(photos / "real/a.jpg", a_photo(9))
    put(tmp_path / "elsewhere/linked.jpg", a_photo(10))
    put(tmp_path / "beside.jpg", a_photo(11))
    (photos / "another way").symlink_to("real")
    (photos / "real/loop").symlink_to("..")
    (photos / "itself").symlink_to("itself")
    (photos / "up").symlink_to("../..")
    (photos / "out").symlink_to(tmp_path / "elsewhere")
    lines, summary = tool.upload(photos)
    assert {name: each["album"] for name, each in lines.items()} == {"a.jpg": "real", "linked.jpg": "out"}
    assert summary["stored"] == 2


def test_links_to_a_missing_disk_fail_and_the_rest_is_stored(tool: Tool, photos: Path) -> None:
    put(photos / "2024/here.jpg", a_photo(54))
    (photos / "2023").symlink_to("/there/is/no disk/2023")
    (photos / "2024/away.jpg").symlink_to("/there/is/no disk/away.jpg")
    lines, summary = tool.upload(photos, status=1)
    assert (summary["stored"], summary["failed"], summary["left_out"]) == (1, 2, 0)
    assert {lines[each]["detail"] for each in ("2023", "away.jpg")} == {
        "This is a link to a file or folder that does not exist."
    }


def test_a_path_that_the_system_rejects_fails_and_the_rest_is_stored(tool: Tool, photos: Path) -> None:
    lines, summary = tool.upload("x" * 300, put(photos / "good.jpg", a_photo(55)), status=1)
    assert (summary["stored"], summary["complete"]) == (1, True)
    assert lines["x" * 300]["detail"] == "The file cannot be read: File name too long."


def test_identical_files_are_sent_once(tool: Tool, photos: Path) -> None:
    data = a_photo(12)
    for name in ("one.jpg", "two.jpg", "three.jpg"):
        put(photos / name, data)
    lines, summary = tool.upload(photos)
    assert (summary["stored"], summary["copy"]) == (1, 2)
    assert sum(each["bytes_sent"] > 0 for each in lines.values()) == 1
    assert len([each for each in tool.images() if each["sha256"] == hashlib.sha256(data).hexdigest()]) == 1


def test_only_missing_and_deleted_images_are_sent_again(tool: Tool, photos: Path) -> None:
    for seed in (13, 14, 15):
        put(photos / f"{seed}.jpg", a_photo(seed))
    lines, first = tool.upload(photos)
    assert first["stored"] == 3
    _, second = tool.upload(photos)
    assert (second["present"], second["bytes_sent"]) == (3, 0)
    tool.run("delete", lines["14.jpg"]["id"])
    lines, third = tool.upload(photos)
    assert (third["stored"], third["present"], lines["14.jpg"]["state"]) == (1, 2, "stored")


class TestALosslessDuplicate:
    """The service stores it under another hash, so that a lookup of its own hash finds nothing."""

    @pytest.fixture
    def duplicate(self, tool: Tool, photos: Path, request: pytest.FixtureRequest) -> Path:
        picture = photo(120, 90, seed=crc32(request.node.name.encode()))
        tool.upload(put(photos / "first.png", png(picture, compress_level=1)))
        return put(photos / "other.png", png(picture, compress_level=9))

    def test_is_sent_once(self, tool: Tool, duplicate: Path) -> None:
        lines, summary = tool.upload(duplicate)
        assert (lines["other.png"]["state"], summary["present"]) == ("present", 1)
        assert summary["bytes_sent"] > 0
        assert tool.upload(duplicate)[1]["bytes_sent"] == 0

    def test_is_sent_again_after_its_image_was_deleted(self, tool: Tool, duplicate: Path) -> None:
        lines, _ = tool.upload(duplicate)
        tool.run("delete", lines["other.png"]["id"])
        assert tool.upload(duplicate)[1]["stored"] == 1
        assert tool.upload(duplicate)[1]["bytes_sent"] == 0

    def test_is_sent_again_if_the_cache_cannot_be_written(self, tool: Tool, duplicate: Path) -> None:
        put(tool.home / "cache", b"a file instead of the folder")
        for _ in range(2):
            assert tool.upload(duplicate)[1]["present"] == 1

    def test_is_found_in_a_damaged_cache(self, tool: Tool, duplicate: Path) -> None:
        tool.upload(duplicate)
        (cache,) = (tool.home / "cache/image-repo").iterdir()
        good = cache.read_bytes()
        cache.write_bytes(os.urandom(4096) + b"\n" + b"f" * 64 + b" cut of" + good + b"\xff" * 100)
        assert tool.upload(duplicate)[1]["bytes_sent"] == 0
        cache.write_bytes(os.urandom(4096))
        assert tool.upload(duplicate)[1]["present"] == 1


def test_a_refused_photo_is_reported_with_the_reason_and_the_rest_is_stored(tool: Tool, photos: Path) -> None:
    put(photos / "good.jpg", a_photo(17))
    put(photos / "cut.jpg", truncated(a_photo(18)))
    put(photos / "empty.jpg", b"")
    lines, summary = tool.upload(photos, status=1)
    assert (summary["stored"], summary["refused"]) == (1, 2)
    assert lines["cut.jpg"]["code"] == "damaged_image"
    shown = tool.run("upload", photos, status=1).stdout
    assert f"{photos / 'cut.jpg'}: {lines['cut.jpg']['detail']}" in shown


def test_a_folder_that_cannot_be_read_is_a_failure(tool: Tool, photos: Path) -> None:
    put(photos / "good.jpg", a_photo(19))
    at = os.open(photos, os.O_RDONLY)
    for _ in range(20):  # longer than any path may be, even for root
        os.mkdir("x" * 250, dir_fd=at)
        below = os.open("x" * 250, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    lines, summary = tool.upload(photos, status=1)
    assert (summary["stored"], summary["failed"]) == (1, 1)
    assert "File name too long" in lines["x" * 250]["detail"]


def test_a_dry_run_sends_nothing(tool: Tool, photos: Path) -> None:
    put(photos / "a/new.jpg", a_photo(20))
    before = len(tool.images())
    lines, summary = tool.upload(photos, "--dry-run")
    assert (lines["new.jpg"]["state"], summary["new"], summary["bytes_sent"]) == ("new", 1, 0)
    assert len(tool.images()) == before


def test_all_kinds_of_file_names_arrive(tool: Tool, photos: Path) -> None:
    names = ['it\'s "quoted".jpg', "Ελλάδα; ä%20.jpg", "semi;colon=1.jpg", "\U0001f3d6.jpg"]
    for seed, name in enumerate(names, 21):
        put(photos / name, a_photo(seed))
    put(photos / os.fsdecode(b"latin\xe4.jpg"), a_photo(40))
    _, summary = tool.upload(photos)
    assert summary["stored"] == 5
    assert {*names, "latin\ufffd.jpg"} <= {each["filename"] for each in tool.images()}


def test_names_that_the_service_rejects_are_changed_to_valid_ones(tool: Tool, photos: Path) -> None:
    put(photos / "two\nlines/a\x1b[31m.jpg", a_photo(43))
    put(photos / os.fsdecode(b"\xff" * 200 + b".jpg"), a_photo(44))
    put(photos / f"a.{'b' * 249}.jpg", a_photo(45))
    lines, _ = tool.upload(photos)
    images = {each["id"]: each for each in tool.images()}
    found = {images[each["id"]]["filename"]: images[each["id"]]["album"] for each in lines.values()}
    assert found == {"a\ufffd[31m.jpg": "two\ufffdlines", "\ufffd" * 83 + ".jpg": None, f"a.{'b' * 249}.jpg": None}


def test_a_linked_file_is_stored_under_its_own_name(tool: Tool, tmp_path: Path, photos: Path) -> None:
    put(tmp_path / "elsewhere/own name.jpg", a_photo(60))
    put(tmp_path / "elsewhere/own name.xmp", sidecar("beside the file"))
    (photos / "chain.jpg").symlink_to(tmp_path / "elsewhere/own name.jpg")
    (photos / "2024").mkdir()
    (photos / "2024/link.jpg").symlink_to("../chain.jpg")
    lines, _ = tool.upload(photos / "2024")
    assert list(lines) == ["link.jpg"]
    (image,) = (each for each in tool.images() if each["id"] == lines["link.jpg"]["id"])
    assert (image["filename"], image["caption"]) == ("own name.jpg", "beside the file")


def test_a_file_in_a_linked_folder_keeps_its_name(tool: Tool, tmp_path: Path, photos: Path) -> None:
    put(tmp_path / "elsewhere/own.jpg", a_photo(61))
    (photos / "album").symlink_to(tmp_path / "elsewhere")
    lines, _ = tool.upload(photos)
    (image,) = (each for each in tool.images() if each["id"] == lines["own.jpg"]["id"])
    assert (image["filename"], image["album"]) == ("own.jpg", "album")


def test_the_library_stores_a_linked_file_under_its_own_name(client: Client, tmp_path: Path) -> None:
    put(tmp_path / "own.jpg", a_photo(62))
    (tmp_path / "link.jpg").symlink_to("own.jpg")
    assert client.upload(tmp_path / "link.jpg").filename == "own.jpg"
