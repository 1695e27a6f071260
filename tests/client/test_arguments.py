"""The arguments of `image-repo upload`, and the messages for invalid ones."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.client.tool import Tool, a_photo, put
from tests.processes import Runner


def test_invalid_utf_8_on_the_command_line_becomes_replacement_characters(tool: Tool, photos: Path) -> None:
    put(photos / "odd.jpg", a_photo(42))
    odd = os.fsdecode(b"odd \xff")
    assert tool.upload(photos, "--album", odd, "--tags", f"one,{odd}")[1]["stored"] == 1
    (image,) = tool.images("--album", odd, "--tag", odd)
    assert (image["album"], image["tags"]) == ("odd \ufffd", ["one", "odd \ufffd"])
    assert tool.run("random", "--tag", odd).stdout.split()[0] == image["id"]
    for command in ("get", "delete"):
        assert "The image id is malformed" in tool.run(command, odd, status=1).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["/there/is/nothing"], "'/there/is/nothing' does not exist. Give the path of a file or folder."),
        (["--key", "wrong", "."], "This API key is not known."),
        (["--api", "http://127.0.0.1:1", "."], "No answer from http://127.0.0.1:1 (Connection refused)."),
        (["--api", "ftp://example.org", "."], "'ftp://example.org' is not an http or https URL."),
        (["--api", "http://[::1", "."], "is not an http or https URL."),
        (["--key", "schlüssel", "."], "The key contains invalid characters."),
        (["--key", "two\nlines", "."], "The key contains invalid characters."),
        (["--api", "http://a..b", "."], "'http://a..b' is not an http or https URL."),
        (["--api", "http://127.0.0.1:99999", "."], "is not an http or https URL."),
        (["--jobs", "0", "."], "--jobs: must be a positive integer, not '0'"),
        (["--jobs", "65", "."], "--jobs: must be at most 64, not 65"),
        (["--tags", ",".join(map(str, range(33))), "."], "--tags: must have at most 32 tags, not 33"),
        (["--tags", "a," + "b" * 65, "."], "--tags: must have tags of at most 64 bytes, unlike 'bbb"),
        (["--album", "ä" * 128, "."], "--album: must have at most 255 bytes, not 256"),
        (["--album", os.fsdecode(b"\xff" * 100), "."], "--album: must have at most 255 bytes, not 300"),
        (["--patience", "nan", "."], "--patience: must be a number of seconds, not 'nan'"),
        ([""], "PATH: must not be empty; for the current folder, give ."),
    ],
)
def test_a_run_that_cannot_start_ends_at_once_with_one_message(tool: Tool, arguments: list[str], message: str) -> None:
    done = tool.run("upload", *arguments, status=None)
    assert done.returncode in {1, 2}
    assert message in done.stderr.splitlines()[-1]
    assert done.stdout == ""


class TestTilde:
    def test_that_the_shell_did_not_expand_is_the_home_folder(self, tool: Tool) -> None:
        put(tool.home / "pictures/one.jpg", a_photo(60))
        lines, summary = tool.upload("~/pictures")
        assert (list(lines), summary["stored"]) == (["one.jpg"], 1)
        tool.run("get", lines["one.jpg"]["id"], "--output=~/saved.jpg")
        assert (tool.home / "saved.jpg").stat().st_size > 0

    def test_is_the_home_folder_for_make_in_any_shell(self, tool: Tool) -> None:
        put(tool.home / "pictures/two.jpg", a_photo(61))
        command = tool.make_upload("DIR=~/pictures", f"API={tool.api}")
        done = subprocess.run(command, env=tool.variables(), capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.splitlines()[-1].split() == ["1", "stored"]

    @pytest.mark.parametrize("name", ["~", "./~"])
    def test_that_is_the_name_of_a_folder_is_that_folder(self, tool: Tool, photos: Path, name: str) -> None:
        put(tool.home / "private.jpg", a_photo(62))
        put(photos / "~/public.jpg", a_photo(63))
        assert "public.jpg" in (shown := tool.run("upload", "--dry-run", name, cwd=photos).stdout)
        assert "private.jpg" not in shown

    def test_before_the_name_of_an_unknown_user_is_a_tilde(self, tool: Tool) -> None:
        assert "'~no-such-user-of-that-name'" in tool.run("upload", "~no-such-user-of-that-name", status=1).stderr


class TestSettingsFile:
    @pytest.fixture
    def file(self, tool: Tool) -> Path:
        tool.environment = {"IMAGE_REPO_API": "", "IMAGE_REPO_KEY": ""}
        return put(tool.home / "config/image-repo/config.toml", b"")

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_sets_the_service_and_the_key(
        self, tool: Tool, runner: Runner, photos: Path, file: Path, encoding: str
    ) -> None:
        put(photos / "set.jpg", a_photo(len(encoding)))
        key = Tool(tool.home, "").variables()["IMAGE_REPO_KEY"]
        file.write_text(f'api = "{runner.address}"\nkey = "{key}"\n', encoding)
        assert tool.upload(photos)[1]["stored"] == 1

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("key = 7", "config.toml is not a string. Put it in quotation marks."),
            ('keys = "k"', "config.toml has the unknown setting 'keys'."),
            ("key =", "config.toml cannot be read ("),
        ],
    )
    def test_with_a_mistake_is_an_error(self, tool: Tool, file: Path, text: str, message: str) -> None:
        file.write_text(text)
        assert message in tool.run("list", status=2).stderr

    def test_is_optional_but_a_command_that_needs_a_key_says_so(self, tool: Tool, file: Path) -> None:
        file.unlink()
        for command in (["upload", "."], ["delete", "x"], ["stats"]):
            assert f"{command[0]} needs an API key. Give one with --key" in tool.run(*command, status=2).stderr
