"""The output of a long command: results on stdout, progress on stderr."""

import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

from functions.domain.text import without_control_characters

PIPE_INTERVAL: Final = 5.0
TERMINAL_INTERVAL: Final = 0.2
"""Seconds between two reports. In a pipe or a file, each report is a line; on a terminal, it replaces the last one."""


class Progress:
    """Reports how many `things` are done, how fast, and the last id. The total is not known without a count."""

    def __init__(
        self, things: str, *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._things = things
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._clock = clock
        self._began = self._reported_at = clock()
        self._shown = False
        self.done = 0

    def step(self, done: int, at: str) -> None:
        """Report that `done` more things are done, up to the id `at`."""
        self.done += done
        now = self._clock()
        if now - self._reported_at >= (TERMINAL_INTERVAL if self._terminal else PIPE_INTERVAL):
            self._reported_at = now
            self._show(f"{self.done:,} {self._things}, {self.done / (now - self._began):,.0f} a second, at {at}")

    def line(self, text: str) -> None:
        """Print a result. Names in it come from uploaders, so characters that could control a terminal are replaced."""
        self.clear()
        print(without_control_characters(text, "\N{REPLACEMENT CHARACTER}"), flush=True)

    def clear(self) -> None:
        """Remove the line with the progress from the terminal."""
        if self._shown:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._shown = False

    def _show(self, text: str) -> None:
        if self._terminal:
            print(f"\r\x1b[K{text}", end="", file=self._stream, flush=True)
            self._shown = True
        else:
            print(text, file=self._stream, flush=True)
