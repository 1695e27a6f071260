"""Count views and calls in memory, and write the counts to the database at intervals."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock, Thread
from typing import Final

from functions.domain.errors import Unavailable
from functions.domain.ports import Counters, Tally

log = logging.getLogger(__name__)

INTERVAL: Final = 60.0
"""Seconds between two writes. An instance writes no counter more often."""
_MAX_NAMES: Final = 100_000
"""Names that can wait to be written. Beyond that, only the names that already wait are counted."""


class Hits:
    """The counts of one instance, shared by its threads.

    When a write is due, a thread of its own makes it, so that no request waits. A process that is killed loses the
    counts that it has not written. A process that ends by itself calls `flush`.

    Args:
        counters: returns the counters. It is called for each write, so that counting alone needs no client.
        clock: returns the time in seconds.
    """

    def __init__(self, counters: Callable[[], Counters], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._counters = counters
        self._clock = clock
        self._lock = Lock()
        self._flushing = Lock()
        self._waiting: dict[Tally, Counter[str]] = {each: Counter() for each in Tally}
        self._written_at = clock()

    def call(self, function: str) -> None:
        """Count a call of that function."""
        self._count(Tally.CALLS, function)

    def view(self, image_id: str) -> None:
        """Count a view of that image."""
        self._count(Tally.VIEWS, image_id)

    def flush(self) -> None:
        """Write all counts that wait. If that fails, they continue to wait."""
        with self._flushing:
            for tally in Tally:
                with self._lock:
                    counts, self._waiting[tally] = self._waiting[tally], Counter()
                    self._written_at = self._clock()
                if counts:
                    self._write(tally, counts)

    def _write(self, tally: Tally, counts: Counter[str]) -> None:
        try:
            self._counters().add(tally, counts)
        except Unavailable as error:
            log.warning("%d %s could not be written and are kept: %s", counts.total(), tally.value, error.detail)
            with self._lock:
                self._waiting[tally].update(counts)

    def _count(self, tally: Tally, name: str) -> None:
        with self._lock:
            waiting = self._waiting[tally]
            if name in waiting or len(waiting) < _MAX_NAMES:
                waiting[name] += 1
            due = self._clock() - self._written_at >= INTERVAL
            if due:
                self._written_at = self._clock()
        if due:
            Thread(target=self.flush, name="hits", daemon=True).start()
