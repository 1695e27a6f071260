"""The progress of a long command, on a terminal and in a pipe."""

import os
import pty
from io import StringIO

import pytest

from tests.machine import require_terminals
from tools.progress import Progress


def test_on_a_terminal_one_line_shows_the_progress() -> None:
    require_terminals()
    ours, its = pty.openpty()
    now = 0.0
    with os.fdopen(its, "w", encoding="utf-8") as terminal:
        progress = Progress("images", stream=terminal, clock=lambda: now)
        for tenth in range(1, 6):
            now = tenth / 10
            progress.step(10, f"image {tenth}")
        progress.clear()
        print("END", end="", file=terminal, flush=True)
        output = ""
        while "END" not in output:  # the output of a terminal can arrive in several parts
            output += os.read(ours, 10_000).decode()
    os.close(ours)
    assert output == (
        "\r\x1b[K20 images, 100 a second, at image 2"
        "\r\x1b[K40 images, 100 a second, at image 4"
        "\r\x1b[KEND"  # the line is removed at the end
    )


def test_in_a_pipe_a_line_every_few_seconds_shows_the_progress() -> None:
    pipe, now = StringIO(), [0.0]
    progress = Progress("images", stream=pipe, clock=lambda: now[0])
    for second in range(1, 13):
        now[0] = second
        progress.step(100, f"image {second}")
    assert pipe.getvalue() == "500 images, 100 a second, at image 5\n1,000 images, 100 a second, at image 10\n"


def test_a_name_cannot_send_control_characters_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Progress("images").line("found: stuck drop: a\x1b]0;owned\x07\nrepaired: Möwe.jpg")
    assert capsys.readouterr().out == "found: stuck drop: a�]0;owned�repaired: Möwe.jpg\n"
