"""The words of photos that the repository has: they fill what is empty, and the command reports what it did."""

from pathlib import Path
from zlib import crc32

import pytest

from image_repo import CheckedWords, Client
from tests.client.gateway import gateway
from tests.client.metadata import sidecar
from tests.client.tool import Tool, a_photo, put
from tests.photos import photo, png
from tests.processes import Runner


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """A number of this test alone, so that its photos are new."""
    return crc32(request.node.nodeid.encode())


def described(tool: Tool, image_id: str) -> dict[str, object]:
    (image,) = (each for each in tool.images() if each["id"] == image_id)
    return {name: image[name] for name in ("filename", "caption", "tags", "album")}


def test_a_sidecar_that_was_added_later_fills_the_stored_image(tool: Tool, photos: Path, seed: int) -> None:
    put(photos / "a.jpg", a_photo(seed))
    tool.upload(photos)
    put(photos / "a.jpg.xmp", sidecar("added later", "sea", "sky"))
    lines, summary = tool.upload(photos, "--keywords", "--tags", "all", "--album", "Trip")
    line = lines["a.jpg"]
    assert (line["state"], line["filled"], line["bytes_sent"]) == ("present", ["caption", "tags", "album"], 0)
    assert "kept" not in line
    assert (summary["present"], summary["filled"], summary["kept"], summary["bytes_sent"]) == (1, 1, 0, 0)
    expected = {"filename": "a.jpg", "caption": "added later", "tags": ["all", "sea", "sky"], "album": "Trip"}
    assert described(tool, line["id"]) == expected


def test_what_is_there_is_kept_and_reported(tool: Tool, photos: Path, seed: int) -> None:
    put(photos / "a.jpg", a_photo(seed))
    put(photos / "a.xmp", sidecar("first"))
    tool.upload(photos)
    put(photos / "a.xmp", sidecar("second"))
    lines, summary = tool.upload(photos)
    assert (lines["a.jpg"]["kept"], summary["filled"], summary["kept"]) == (["caption"], 0, 1)
    shown = tool.run("upload", photos).stdout
    assert "kept caption" in shown
    assert "1 with other words than their images, which keep their own" in shown
    assert described(tool, lines["a.jpg"]["id"])["caption"] == "first"


def test_a_second_run_over_an_unchanged_folder_reports_nothing(tool: Tool, photos: Path, seed: int) -> None:
    put(photos / "2024/a.jpg", a_photo(seed))
    put(photos / "2024/a.xmp", sidecar("first", "sea"))
    tool.upload(photos, "--keywords", "--tags", "x")
    lines, summary = tool.upload(photos, "--keywords", "--tags", "x")
    assert not {"filled", "kept"} & lines["a.jpg"].keys()
    assert (summary["present"], summary["filled"], summary["kept"]) == (1, 0, 0)


def test_a_dry_run_fills_nothing(tool: Tool, photos: Path, seed: int) -> None:
    put(photos / "a.jpg", a_photo(seed))
    lines, _ = tool.upload(photos)
    put(photos / "a.xmp", sidecar("later"))
    _, summary = tool.upload(photos, "--dry-run")
    assert (summary["present"], summary["filled"]) == (1, 0)
    assert described(tool, lines["a.jpg"]["id"])["caption"] is None


def test_the_words_of_a_lossless_copy_fill_its_image_in_every_run(tool: Tool, photos: Path, seed: int) -> None:
    picture = photo(60, 40, seed=seed)
    tool.upload(put(photos / "first.png", png(picture, compress_level=1)))
    copy = put(photos / "copies/second.png", png(picture, compress_level=9))
    (photos / "first.png").unlink()
    lines, summary = tool.upload(photos, "--tags", "sent")
    assert (lines["second.png"]["filled"], lines["second.png"]["kept"]) == (["tags", "album"], ["filename"])
    assert (summary["filled"], summary["kept"]) == (1, 0)
    put(copy.with_suffix(".xmp"), sidecar("later"))
    lines, _ = tool.upload(photos)
    assert (lines["second.png"]["bytes_sent"], lines["second.png"]["filled"]) == (0, ["caption"])
    assert described(tool, lines["second.png"]["id"]) == {
        "filename": "first.png",
        "caption": "later",
        "tags": ["sent"],
        "album": "copies",
    }


def test_the_words_of_copies_in_one_run_reach_the_image(tool: Tool, photos: Path, seed: int) -> None:
    for number in range(3):
        put(photos / f"{number}.jpg", a_photo(seed))
    put(photos / "1.xmp", sidecar("of the second", "b"))
    put(photos / "2.xmp", sidecar("of the third", "c"))
    lines, summary = tool.upload(photos, "--keywords")
    assert [lines[f"{number}.jpg"]["state"] for number in range(3)] == ["stored", "copy", "copy"]
    assert (lines["1.jpg"]["filled"], lines["1.jpg"]["kept"]) == (["caption", "tags"], ["filename"])
    assert (lines["2.jpg"]["filled"], lines["2.jpg"]["kept"]) == (["tags"], ["filename", "caption"])
    assert (summary["stored"], summary["copy"], summary["filled"], summary["kept"]) == (1, 2, 2, 1)
    found = described(tool, lines["0.jpg"]["id"])
    assert (found["caption"], found["tags"]) == ("of the second", ["b", "c"])


def test_words_that_the_service_refuses_are_reported_and_the_others_are_filled(
    tool: Tool, photos: Path, seed: int
) -> None:
    for number in range(2):
        put(photos / f"{number}.jpg", a_photo(seed + number))
    tool.upload(photos)
    put(photos / "0.xmp", sidecar("", *(f"{number:02}" + "&quot;" * 62 for number in range(32))))
    put(photos / "1.xmp", sidecar("fits"))
    lines, summary = tool.upload(photos, "--keywords", status=1)
    assert (lines["0.jpg"]["state"], lines["0.jpg"]["code"]) == ("refused", "invalid_field")
    assert "`tags` has" in lines["0.jpg"]["detail"]
    assert (lines["1.jpg"]["filled"], summary["refused"], summary["present"]) == (["caption"], 1, 1)


def test_a_folder_with_long_captions_needs_few_requests(tool: Tool, runner: Runner, photos: Path, seed: int) -> None:
    """They are more than the service accepts in one request."""
    count = 60
    for number in range(count):
        put(photos / f"{number}.png", png(photo(8, 8, seed=seed + number)))
    tool.upload(photos)
    for number in range(count):
        put(photos / f"{number}.xmp", sidecar(f"{number} " + "\U0001f3d6" * 480))
    with gateway(runner.port, lambda *_: None) as before:
        _, summary = Tool(tool.home, before.address).upload(photos)
        checks = [size for _, path, size, _ in before.seen if path == "/upload/check"]
    assert (summary["filled"], before.uploads()) == (count, 0)
    assert len(checks) <= 4
    assert max(checks) < 1_000_000


class TestInPython:
    def test_an_upload_of_a_stored_file_sends_its_fields_alone(self, client: Client, tmp_path: Path, seed: int) -> None:
        path = put(tmp_path / "a.jpg", a_photo(seed))
        assert client.upload(path, album="A").filled == ()
        image = client.upload(path, caption="later", tags=["b"], album="B", extra={"mood": "sunny"})
        assert (image.duplicate, image.caption, image.tags, image.album) == (True, "later", ("b",), "A")
        assert (image.filled, image.kept) == (("caption", "tags", "extra"), ("album",))
        assert image.extra == {"mood": "sunny"}

    def test_a_check_with_words_has_their_effects(self, client: Client, tmp_path: Path, seed: int) -> None:
        image = client.upload(put(tmp_path / "a.jpg", a_photo(seed)))
        words = [(image.sha256, {"caption": "sent"}), ("0" * 64, {"caption": "x"}), (image.sha256, {"caption": "y"})]
        found = client.check_with_words([image.sha256], words)
        assert found.known == {image.sha256: image.id}
        assert found.words == (
            CheckedWords(sha256=image.sha256, filled=("caption",)),
            CheckedWords(sha256=image.sha256, kept=("caption",)),
        )
