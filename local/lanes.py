"""The worker threads of the local server, in lanes: each kind of request has threads of its own.

A request with images waits in its thread until memory and a CPU are free. If all requests shared their threads, a few
uploads would keep out everyone who only wants a list.
"""

import os
from collections.abc import Mapping
from enum import Enum, auto
from time import monotonic
from typing import Any, Final, NamedTuple

from waitress.task import ThreadedTaskDispatcher

from local.delivery import WORKERS

_CPUS: Final = os.cpu_count() or 1


class Lane(Enum):
    """The kinds of requests."""

    QUICK = auto()
    """Requests that decode nothing."""
    IMAGES = auto()
    """Requests with images."""
    EVENTS = auto()
    """Storage events. The delivery of an event that waited behind uploads would reach its time limit."""


THREADS: Final = {Lane.QUICK: 4 * _CPUS, Lane.IMAGES: 4 * _CPUS, Lane.EVENTS: 2 * WORKERS}
"""There are two buckets with events."""


class Admission(NamedTuple):
    """What the server does with a request that has a body.

    Attributes:
        limit: the bytes of the body that the application would read.
        lane: the threads that serve the request.
    """

    limit: int
    lane: Lane = Lane.QUICK


class Lanes:
    """Distributes requests to threads. It replaces waitress' own dispatcher, and has one of those for each lane."""

    def __init__(self, threads: Mapping[Lane, int] = THREADS) -> None:
        self._dispatchers = {lane: ThreadedTaskDispatcher() for lane in threads}
        for lane, count in threads.items():
            self._dispatchers[lane].set_thread_count(count)

    def add_task(self, channel: Any) -> None:
        """Serve the first request of the connection when a thread of its lane is free."""
        self._dispatchers[channel.requests[0].lane].add_task(channel)

    def stop(self, seconds: float) -> None:
        """Begin no more requests, and wait until those in progress are served, but not longer than `seconds`."""
        ends_at = monotonic() + seconds
        for each in self._dispatchers.values():
            each.set_thread_count(0)
        for each in self._dispatchers.values():
            with each.lock:
                each.thread_exit_cv.wait_for(lambda threads=each.threads: not threads, max(0, ends_at - monotonic()))

    def unfinished(self) -> int:
        """The number of requests that are being served, or wait for a thread."""
        return sum(each.active_count + len(each.queue) for each in self._dispatchers.values())
