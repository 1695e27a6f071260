"""The limit on how many pixels one process decodes at the same time.

An instance serves several requests in threads, and each decoded pixel takes 4 bytes or more. Without a limit, a few
large uploads at the same time would exhaust the memory.
"""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Final

from functions.imaging.allocator import release_memory


class Budget:
    """A weighted semaphore that serves in the order of arrival, so that small requests never starve a large one.

    Args:
        capacity: The sum that all holders may have at the same time.
        holders: The maximum number of holders at the same time, however small their weights are. None means no limit.
    """

    def __init__(self, capacity: int, *, holders: int | None = None) -> None:
        self._capacity = capacity
        self._least = capacity // holders if holders else 0
        self._used = 0
        self._queue: deque[object] = deque()
        self._changed = Condition()

    @contextmanager
    def take(self, weight: int) -> Iterator[None]:
        """Wait until `weight` of the capacity is free, and hold it during the block.

        A weight above the whole capacity counts as the whole capacity, so that such a request runs alone.
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
"""Pixels; 256 MB in Pillow. More decoders than CPUs only compete with each other: for 8 requests on 2 CPUs, one decoder
for each CPU decodes 9 % more photos a second than 8 decoders do."""

_LARGE: Final = 16_000_000
"""Pixels. For smaller images, returning memory to the system takes more time than it is worth."""


@contextmanager
def decoding(pixels: int) -> Iterator[None]:
    """Hold that many pixels of the process's budget while an image is decoded. Wait until they are free."""
    with _DECODING.take(pixels):
        if pixels >= _LARGE:
            release_memory()
        yield
