"""Cancellation of operations that run in other threads."""

import time
from collections.abc import Callable
from threading import Event
from typing import Final

from image_repo.errors import Cancelled

_SLICE: Final = 0.2
"""Seconds of one wait. On Windows, Ctrl-C does not interrupt the wait for a lock, but it arrives between two waits."""


class Cancellation:
    """A request to stop. Nothing new starts then, and operations in progress have a grace period (seconds) to end."""

    def __init__(self, grace: float = 3.0, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._grace = grace
        self._clock = clock
        self._requested = Event()
        self._since = 0.0

    @property
    def requested(self) -> bool:
        """Whether nothing new should start."""
        return self._requested.is_set()

    def request(self) -> None:
        """Ask to stop. A second call has no effect."""
        if not self.requested:
            self._since = self._clock()
            self._requested.set()

    def expired(self, extra: float = 0.0) -> bool:
        """Whether the grace period, and `extra` seconds after it, are over."""
        return self.requested and self._clock() > self._since + self._grace + extra

    def wait(self, seconds: float) -> None:
        """Sleep.

        Raises:
            Cancelled: the caller asked to stop.
        """
        until = self._clock() + seconds
        while not self._requested.wait(max(0.0, min(_SLICE, until - self._clock()))):
            if self._clock() >= until:
                return
        raise Cancelled("Interrupted while waiting to try again.")

    def check(self) -> None:
        """Return, unless the grace period is over.

        Raises:
            Cancelled: it is over.
        """
        if self.expired():
            raise Cancelled("Interrupted while sending.")
