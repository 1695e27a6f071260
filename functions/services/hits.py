"""Count views and calls in memory, and write the counts to the database at intervals."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from threading import Lock
from typing import Final

from functions.domain.errors import Unavailable
from functions.domain.ports import MAX_ADDED, Counters, Tally

log = logging.getLogger(__name__)

INTERVAL: Final = 60.0
"""Seconds between two flushes. An instance writes no counter more often."""
FLUSH_IN_A_REQUEST: Final = 0.5
"""Seconds. A flush delays the response of the request in which it is made by no more than this."""
FLUSH_AT_THE_END: Final = 4.0
"""Seconds. The platform gives a process 10 seconds to end."""
_MAX_NAMES: Final = 100_000
"""Names that can wait to be written. Beyond that, only the names that already wait are counted."""


class Hits:
    """The counts of one instance, shared by its threads.

    They are written inside a request: after its response, the platform gives the process no more CPU, and a write that
    it freezes may fail although it took effect. So a write that fails is not repeated, and its counts are lost. A
    process that is killed loses the counts that wait. A process that ends by itself calls `flush`.

    Args:
        counters: returns the counters. It is called for each write, so that counting alone needs no client.
        clock: returns the time in seconds.
    """

    def __init__(self, counters: Callable[[], Counters], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._counters = counters
        self._clock = clock
        self._lock = Lock()
        self._waiting: dict[Tally, Counter[str]] = {each: Counter() for each in Tally}
        self._flushed_at = clock()

    def call(self, function: str) -> None:
        """Count a call of that function, and write the counts if the last time was a minute ago."""
        self._count(Tally.CALLS, function)
        if self._claim():
            self.flush(FLUSH_IN_A_REQUEST)

    def view(self, image_id: str) -> None:
        """Count a view of that image."""
        self._count(Tally.VIEWS, image_id)

    def flush(self, limit: float) -> None:
        """Write the counts that wait, for at most `limit` seconds. Those for which no time is left continue to wait."""
        end = self._clock() + limit
        for tally in Tally:
            while (left := end - self._clock()) > 0 and (counts := self._take(tally)):
                if not self._write(tally, counts, left):
                    return

    def _write(self, tally: Tally, counts: dict[str, int], timeout: float) -> bool:
        try:
            self._counters().add(tally, counts, timeout=timeout)
        except Unavailable as error:
            log.warning("%d %s are lost, unless they were written: %s", sum(counts.values()), tally.value, error.detail)
            return False
        except Exception:
            log.exception("%d %s are lost.", sum(counts.values()), tally.value)  # a request must not fail for its count
            return False
        return True

    def _take(self, tally: Tally) -> dict[str, int]:
        """Some of the counts that wait; they do not wait any more."""
        with self._lock:
            waiting = self._waiting[tally]
            return {name: waiting.pop(name) for name in list(islice(waiting, MAX_ADDED))}

    def _count(self, tally: Tally, name: str) -> None:
        with self._lock:
            waiting = self._waiting[tally]
            if name in waiting or len(waiting) < _MAX_NAMES:
                waiting[name] += 1

    def _claim(self) -> bool:
        """Whether a flush is due. Of several threads, one claims it."""
        with self._lock:
            now = self._clock()
            due = now - self._flushed_at >= INTERVAL
            if due:
                self._flushed_at = now
        return due
