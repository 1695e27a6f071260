"""What is typed after `image-repo upload`, and what it is told when that cannot be meant."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.client.tool import Tool, a_photo, put
from tests.processes import Runner


def test_what_is_no_utf_8_on_the_command_line_becomes_replacement_characters(tool: Tool, photos: Path) -> None:
    put(photos / "odd.jpg", a_photo(42))
    odd = os.fsdecode(b"odd \xff")
    assert tool.upload(photos, "--album", odd, "--tags", f"one,{odd}")[1]["stored"] == 1
    (image,) = tool.images("--album", odd, "--tag", odd)
    assert (image["album"], image["tags"]) == ("odd \ufffd", ["one", "odd \ufffd"])
    assert tool.run("random", "--tag", odd).stdout.split()[0] == image["id"]
    for command in ("get", "delete"):
        assert "The image id is malformed" in tool.run(command, odd, status=1).stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["/there/is/nothing"], "There is no file or folder '/there/is/nothing'."),
        (["--key", "wrong", "."], "This API key is not known."),
        (["--api", "http://127.0.0.1:1", "."], "Nothing answers at http://127.0.0.1:1 (Connection refused)."),
        (["--api", "ftp://example.org", "."], "'ftp://example.org' is no address of a service."),
        (["--api", "http://[::1", "."], "is no address of a service."),
        (["--key", "schlüssel", "."], "The key has characters that no key has."),
        (["--key", "two\nlines", "."], "The key has characters that no key has."),
        (["--api", "http://a..b", "."], "'http://a..b' is no address of a service."),
        (["--api", "http://127.0.0.1:99999", "."], "is no address of a service."),
        (["--jobs", "0", "."], "'0' is no number from 1 on"),
        (["--jobs", "65", "."], "more than 64 connections help nobody"),
        (["--tags", ",".join(map(str, range(33))), "."], "at most 32 tags"),
        (["--album", "ä" * 128, "."], "at most 255 bytes"),
        (["--album", os.fsdecode(b"\xff" * 100), "."], "at most 255 bytes"),
        (["--patience", "nan", "."], "'nan' is no number of seconds"),
        ([""], "it is empty; the working folder is ."),
    ],
)
def test_what_cannot_begin_is_said_in_one_sentence_at_once(tool: Tool, arguments: list[str], sentence: str) -> None:
    done = tool.run("upload", *arguments, status=None)
    assert done.returncode in {1, 2}
    assert sentence in done.stderr.splitlines()[-1]
    assert done.stdout == ""


class TestATilde:
    def test_that_the_shell_left_is_the_home(self, tool: Tool) -> None:
        put(tool.home / "pictures/one.jpg", a_photo(60))
        lines, summary = tool.upload("~/pictures")
        assert (list(lines), summary["stored"]) == (["one.jpg"], 1)
        tool.run("get", lines["one.jpg"]["id"], "--output=~/saved.jpg")
        assert (tool.home / "saved.jpg").stat().st_size > 0

    def test_is_the_home_for_make_in_any_shell(self, tool: Tool) -> None:
        put(tool.home / "pictures/two.jpg", a_photo(61))
        command = tool.make_upload("DIR=~/pictures", f"API={tool.api}")
        done = subprocess.run(command, env=tool.variables(), capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.splitlines()[-1].split() == ["1", "stored"]

    @pytest.mark.parametrize("name", ["~", "./~"])
    def test_that_is_the_name_of_a_folder_is_that_folder(self, tool: Tool, photos: Path, name: str) -> None:
        put(tool.home / "private.jpg", a_photo(62))
        put(photos / "~/public.jpg", a_photo(63))
        assert "public.jpg" in (told := tool.run("upload", "--dry-run", name, cwd=photos).stdout)
        assert "private.jpg" not in told

    def test_before_a_name_that_no_user_has_is_a_tilde(self, tool: Tool) -> None:
        assert "'~nobody-of-that-name'" in tool.run("upload", "~nobody-of-that-name", status=1).stderr


def test_a_key_in_the_file_of_settings_is_enough(tool: Tool, runner: Runner, photos: Path) -> None:
    put(photos / "set.jpg", a_photo(41))
    settings = put(tool.home / "config/image-repo/config.toml", b"")
    settings.write_text(f'api = "{runner.address}"\nkey = "{tool.variables()["IMAGE_REPO_KEY"]}"\n')
    tool.environment = {"IMAGE_REPO_API": "", "IMAGE_REPO_KEY": ""}
    assert tool.upload(photos)[1]["stored"] == 1
    settings.write_text("key = 7")
    assert "config.toml may say" in tool.run("upload", photos, status=2).stderr
    settings.unlink()
    assert "needs a key" in tool.run("upload", photos, status=2).stderr
