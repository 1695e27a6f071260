"""What a long command says while it runs: lines to keep on stdout, how far it is on stderr."""

import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

PIPE_INTERVAL: Final = 5.0
TERMINAL_INTERVAL: Final = 0.2
"""Seconds between two words on how far it is: lines in a pipe or a file, one line that changes on a terminal."""


class Progress:
    """How many of `things` are done, how fast, and where it is. How many there are nobody knows without counting."""

    def __init__(
        self, things: str, *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._things = things
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._clock = clock
        self._began = self._said_at = clock()
        self._shown = False
        self.done = 0

    def step(self, done: int, at: str) -> None:
        """So many more are done, and it is `at` that id."""
        self.done += done
        now = self._clock()
        if now - self._said_at >= (TERMINAL_INTERVAL if self._terminal else PIPE_INTERVAL):
            self._said_at = now
            self._say(f"{self.done:,} {self._things}, {self.done / (now - self._began):,.0f} a second, at {at}")

    def line(self, text: str) -> None:
        """A line to keep. What could steer a terminal is taken out: there are names of strangers in it."""
        self.clear()
        print("".join(each if each.isprintable() else "�" for each in text), flush=True)

    def clear(self) -> None:
        """Take the changing line off the terminal."""
        if self._shown:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._shown = False

    def _say(self, text: str) -> None:
        if self._terminal:
            print(f"\r\x1b[K{text}", end="", file=self._stream, flush=True)
            self._shown = True
        else:
            print(text, file=self._stream, flush=True)
