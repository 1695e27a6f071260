"""How much may be decoded at once in one process.

An instance serves several requests by threads, and each decoded pixel costs 4 bytes or more: without a bound, a few
large uploads at the same moment would exhaust its memory.
"""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Final

from functions.imaging.allocator import release_memory


class Budget:
    """A weighted semaphore that serves in order of arrival, so that a large request is never starved by small ones.

    Args:
        capacity: what all holders may have together.
        holders: how many there may be at once, however little each wants; no bound when left out.
    """

    def __init__(self, capacity: int, *, holders: int | None = None) -> None:
        self._capacity = capacity
        self._least = capacity // holders if holders else 0
        self._used = 0
        self._queue: deque[object] = deque()
        self._changed = Condition()

    @contextmanager
    def take(self, weight: int) -> Iterator[None]:
        """Hold `weight` of the capacity for the length of the block; wait until that much is free.

        More than the whole capacity counts as the whole: such a request passes, alone.
        """
        weight = min(max(weight, self._least), self._capacity)
        self._acquire(weight)
        try:
            yield
        finally:
            with self._changed:
                self._used -= weight
                self._changed.notify_all()

    def _acquire(self, weight: int) -> None:
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            try:
                self._changed.wait_for(
                    lambda: self._queue[0] is ticket and self._used + weight <= self._capacity,
                )
                self._used += weight
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()


_DECODING: Final = Budget(64_000_000, holders=os.cpu_count() or 1)
"""Pixels; 256 MB as Pillow holds them. More decoders than CPUs would only be in each other's way: with 8 requests on 2
CPUs, one decoder for each takes 9 % more photos a second than 8 do."""

_LARGE: Final = 16_000_000
"""Pixels, from which a picture is worth the milliseconds that giving back memory takes."""


@contextmanager
def decoding(pixels: int) -> Iterator[None]:
    """Hold a picture's pixels of this process' budget while it is decoded; wait until so many are free."""
    with _DECODING.take(pixels):
        if pixels >= _LARGE:
            release_memory()
        yield
