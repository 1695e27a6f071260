"""The output of the command: on a terminal, in a pipe, and for a program."""

import fcntl
import json
import os
import pty
import signal
import struct
import termios
import threading
from pathlib import Path

from tests.client.metadata import exif_of
from tests.client.tool import Tool, put_photos
from tests.machine import require_terminals
from tests.photos import jpeg, photo, truncated


def on_a_terminal(tool: Tool, *arguments: object, stdout: int | None = None) -> tuple[int, str]:
    """The exit status and the text of a run on a terminal; `stdout` redirects its output."""
    require_terminals()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 40, 200, 0, 0))
    shown = bytearray()

    def read() -> None:
        while block := _read(ours):
            shown.extend(block)

    reader = threading.Thread(target=read)
    reader.start()
    with tool.start(*arguments, stdout=theirs if stdout is None else stdout, stderr=theirs) as process:
        os.close(theirs)
        status = process.wait(30)
    reader.join(10)
    os.close(ours)
    return status, shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end is closed
        return b""


def test_a_terminal_shows_a_bar_and_a_summary_but_no_line_for_each_photo(tool: Tool, photos: Path) -> None:
    put_photos(photos, 12, seed=100)
    (photos / "bad.jpg").write_bytes(truncated(jpeg(photo(64, 48, seed=99))))
    status, shown = on_a_terminal(tool, "upload", photos)
    assert status == 1
    assert "13/13" in shown
    assert "photos/s" in shown
    assert "12 stored" in shown
    assert "1 not stored" in shown
    assert f"{photos / 'bad.jpg'}: The image cannot be decoded" in shown
    assert "stored  " not in shown


def test_the_bar_on_a_terminal_is_not_in_the_redirected_output(tool: Tool, tmp_path: Path, photos: Path) -> None:
    put_photos(photos, 3, seed=200)
    with (tmp_path / "log").open("w") as log:
        status, shown = on_a_terminal(tool, "upload", "--json", photos, stdout=log.fileno())
    assert status == 0
    assert "3/3" in shown
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [each.get("state") for each in lines] == ["stored"] * 3 + [None]


def test_a_pipe_gets_a_line_for_each_photo_and_no_bar(tool: Tool, photos: Path) -> None:
    put_photos(photos, 3, seed=300)
    done = tool.run("upload", photos)
    assert done.stderr == ""
    *lines, total, count = done.stdout.splitlines()
    assert all(line.startswith(f"stored  {photos}/0") and "/fetch/" in line for line in lines)
    assert len(lines) == 3
    assert total.startswith("3 photos in ")
    assert count == "        3 stored"
    assert "already there" in tool.run("upload", photos).stdout


def test_a_reader_that_closes_the_pipe_ends_the_command_without_a_message(tool: Tool, photos: Path) -> None:
    put_photos(photos, 30, seed=400)
    for arguments in (["upload", photos], ["list"], ["list", "--json"]):
        with tool.start(*arguments) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read()
            assert process.wait(30) in {0, 141}, errors  # 0 if everything was printed before
        assert errors == ""


def test_damaged_metadata_causes_no_message(tool: Tool, photos: Path) -> None:
    data = jpeg(photo(64, 48, seed=450), exif=exif_of(description=b"A long enough description of the sea"))
    (photos / "odd.jpg").write_bytes(
        data.replace(b"\x00\x00\x00\x26", b"\x7f\xff\xff\x26", 1).replace(b"II*", b"II+", 1)
    )
    (photos / "cut.jpg").write_bytes(data.replace(b"sea\x00", b"sea", 1))
    assert tool.run("upload", photos, status=None).stderr == ""


def test_a_second_ctrl_c_ends_the_command_at_once(tool: Tool, photos: Path) -> None:
    put_photos(photos, 60, seed=500)
    with tool.start("upload", "--jobs", 1, photos) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(2):
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in out + err


_HANGING_DISK = """
import os, sys
from image_repo.cancellation import Cancellation
from image_repo.sync import dedup

dedup.sha256_of = lambda *_: os.write(1, b"hangs\\n") and os.read(os.pipe()[0], 1)
request = Cancellation.request
Cancellation.request = lambda cancellation: request(cancellation) or os.write(1, b"requested\\n")
Cancellation.__init__.__defaults__ = ({grace},)
"""


def interrupted(tool: Tool, photos: Path, *, grace: float, times: int) -> tuple[int, str, str]:
    """Interrupt an upload whose disk hangs. Returns status, output and errors. A next Ctrl-C waits for the handler."""
    put_photos(photos, 3, seed=550)
    with tool.start("upload", photos, prepare=_HANGING_DISK.format(grace=grace)) as process:
        assert process.stdout is not None
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        for awaited in ("hangs\n", "requested\n")[:times]:
            while process.stdout.readline() not in {awaited, ""}:
                pass
            process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        watchdog.cancel()
    return process.returncode, out, err


def test_ctrl_c_ends_the_command_although_a_disk_hangs(tool: Tool, photos: Path) -> None:
    status, out, err = interrupted(tool, photos, grace=0.1, times=1)
    assert (status, err) == (130, "")
    assert out.splitlines()[-1] == "Interrupted. Run the same command again to continue."


def test_a_second_ctrl_c_does_not_wait_for_the_end_of_the_grace_period(tool: Tool, photos: Path) -> None:
    status, out, err = interrupted(tool, photos, grace=3600.0, times=2)
    assert (status, err) == (130, "")
    assert "Interrupted" not in out


def test_help_names_every_command(tool: Tool) -> None:
    shown = tool.run("--help").stdout
    assert all(each in shown for each in ("upload", "list", "random", "get", "delete", "stats"))
    assert "usage" in tool.run(status=2).stderr
    for command in ("upload", "list", "random", "get", "delete", "stats"):
        shown = tool.run(command, "--help").stdout
        assert all(each in shown for each in ("--api", "--key", "--json"))


def test_a_file_name_cannot_control_the_terminal(tool: Tool, photos: Path) -> None:
    (photos / "a\x1b[2Jb.jpg").write_bytes(jpeg(photo(64, 48, seed=600)))
    done = tool.run("upload", photos, status=None)
    assert "\x1b" not in done.stdout
