"""Run the same action at the same moment in many threads, or in many threads of several processes."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from typing import TypeVar

import pytest

from functions.adapters.gcp.retry import RetryPolicy
from functions.domain.errors import Unavailable
from tests.contracts.backends import OpenBucket, OpenCatalog
from tests.machine import require_semaphores

Result = TypeVar("Result")
Backend = TypeVar("Backend", bound=OpenCatalog | OpenBucket)

PROCESSES = 3
THREADS = 4


def in_threads(count: int, action: Callable[[int], Result]) -> list[Result]:
    """The results of `action(0)` … `action(count - 1)`, each in its own thread. All start at the same moment."""
    gate = threading.Barrier(count)

    def run(number: int) -> Result:
        gate.wait(timeout=30)
        return action(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def check_ends_in_time(acts: Sequence[Callable[[], object]], policy: RetryPolicy) -> None:
    """Call all of them at the same time: each one raises Unavailable, before the time of its policy is over."""

    def seconds_of(number: int) -> float:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            acts[number]()
        return time.monotonic() - began

    assert max(in_threads(len(acts), seconds_of)) < policy.call + policy.attempt


def in_processes(reopen: Callable[[], Backend], action: Callable[[Backend, int], Result]) -> list[Result]:
    """The results of `action(backend, 0)` …, in `THREADS` threads of each of `PROCESSES` processes, started together.

    Each process opens the backend for itself. `action` is a function of a module, so that it can be pickled.
    """
    require_semaphores()
    context = multiprocessing.get_context("forkserver")
    barrier = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, context, initializer=_remember, initargs=(barrier,)) as pool:
        futures = [pool.submit(_in_this_process, reopen, action, number) for number in range(PROCESSES)]
        results: Sequence[list[Result]] = [future.result() for future in futures]
    return [each for result in results for each in result]


_barrier: Barrier | None = None


def _remember(barrier: Barrier) -> None:
    global _barrier  # noqa: PLW0603 - a worker can get a barrier only when it is started
    _barrier = barrier


def _in_this_process(
    reopen: Callable[[], Backend], action: Callable[[Backend, int], Result], process: int
) -> list[Result]:
    assert _barrier is not None
    backend = reopen()
    try:
        _barrier.wait(timeout=60)
        return in_threads(THREADS, lambda thread: action(backend, process * THREADS + thread))
    finally:
        backend.close()
