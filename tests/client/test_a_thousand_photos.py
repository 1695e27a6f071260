"""`make upload` of a thousand photos: the server is killed, the command is interrupted, and a second run continues."""

import os
import re
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from functions.adapters.embedded.bucket import FilesystemBucket
from tests.client.tool import Tool
from tests.photos import jpeg, photo
from tests.processes import KEY, Runner, running

pytestmark = pytest.mark.load

COUNT = 1_000
JOBS = 4
KILL_AT, INTERRUPT_AT = 250, 550
"""The number of stored photos when that happens."""


def make_photos(folder: Path) -> dict[str, str | None]:
    """Make a thousand different photos in nested folders. Returns the album of each file name."""
    cuts = photo(360, 290)  # different parts of one picture are different photos, and take little time
    albums: dict[str, str | None] = {}
    for number in range(COUNT):
        place = Path(*[(), ("2024",), ("2024", "sea"), ("2025", "Ελλάδα", "deep down")][number % 4])
        (folder / place).mkdir(parents=True, exist_ok=True)
        left, top = number % 40, number // 40
        name = f"{number:04}.jpg"
        (folder / place / name).write_bytes(jpeg(cuts.crop((left, top, left + 320, top + 240)), quality=75))
        albums[name] = place.as_posix() if place.parts else None
    return albums


def created(runner: Runner) -> int:
    """The number of uploads that all processes of the server have answered with 201."""
    return len(re.findall(r"^POST /upload 201 ", runner.log.read_text(), re.MULTILINE))


def read_until(process: "subprocess.Popen[str]", stored: int, already: int = 0) -> int:
    """Read the output until this number of photos is stored."""
    assert process.stdout is not None
    while already < stored:
        line = process.stdout.readline()
        assert line, "the command ended too early"
        already += line.startswith("stored  ")
    return already


def test_a_thousand_photos_survive_a_killed_server_and_an_interrupted_command(tmp_path: Path) -> None:
    albums = make_photos(tmp_path / "photos")
    with running(tmp_path / "data") as runner:
        tool = Tool(tmp_path / "home", runner.address)
        command = tool.make_upload(f"DIR={tmp_path / 'photos'}", f"API={runner.address}", f"KEY={KEY}")
        with subprocess.Popen(
            command, env=tool.variables(), stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as first:
            stored = read_until(first, KILL_AT)
            runner.kill()
            runner.start()  # takes some time, in which nothing answers
            stored = read_until(first, INTERRUPT_AT, stored)
            os.killpg(first.pid, signal.SIGINT)  # as a terminal does
            assert first.stdout is not None
            rest = first.stdout.read()
        assert first.returncode != 0
        stored += rest.count("stored  ")
        assert f"{stored:,} stored\n" in rest
        assert "refused" not in rest
        assert "failed" not in rest
        assert "Interrupted. Run the same command again to continue." in rest
        assert INTERRUPT_AT <= stored < COUNT

        _, second = tool.upload(tmp_path / "photos")
        assert second["stored"] + second["present"] == COUNT
        assert second["present"] >= stored  # and perhaps some whose answers were lost

        images = tool.images()
        assert {each["filename"]: each["album"] for each in images} == albums
        assert len({each["id"] for each in images}) == len(images) == COUNT
        with closing(FilesystemBucket(runner.data / "originals", name="originals")) as originals:
            assert sum(1 for _ in originals.list()) == COUNT
        assert (
            COUNT - JOBS <= created(runner) <= COUNT
        )  # the log has no line for responses that the killed server did not send

        _, third = tool.upload(tmp_path / "photos")
        assert (third["present"], third["bytes_sent"]) == (COUNT, 0)
        assert len(tool.images()) == COUNT
