"""How far a long command is: on a terminal, and in a pipe."""

import os
import pty
from io import StringIO

import pytest

from tools.progress import Progress


def test_on_a_terminal_one_line_shows_how_far_it_is() -> None:
    ours, its = pty.openpty()
    now = 0.0
    with os.fdopen(its, "w", encoding="utf-8") as terminal:
        progress = Progress("images", stream=terminal, clock=lambda: now)
        for tenth in range(1, 6):
            now = tenth / 10
            progress.step(10, f"image {tenth}")
        progress.clear()
        print("END", end="", file=terminal, flush=True)
        told = ""
        while "END" not in told:  # a terminal hands on what it is given when it gets round to it
            told += os.read(ours, 10_000).decode()
    os.close(ours)
    assert told == (
        "\r\x1b[K20 images, 100 a second, at image 2"
        "\r\x1b[K40 images, 100 a second, at image 4"
        "\r\x1b[KEND"  # it is gone in the end
    )


def test_in_a_pipe_it_is_a_line_every_few_seconds() -> None:
    pipe, now = StringIO(), [0.0]
    progress = Progress("images", stream=pipe, clock=lambda: now[0])
    for second in range(1, 13):
        now[0] = second
        progress.step(100, f"image {second}")
    assert pipe.getvalue() == "500 images, 100 a second, at image 5\n1,000 images, 100 a second, at image 10\n"


def test_a_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Progress("images").line("found: stuck drop: a\x1b]0;owned\x07\nrepaired: Möwe.jpg")
    assert capsys.readouterr().out == "found: stuck drop: a�]0;owned�repaired: Möwe.jpg\n"
