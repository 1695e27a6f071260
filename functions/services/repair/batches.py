"""Process a long stream with a few threads: in order, and one batch at a time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Final, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH: Final = 1000
THREADS: Final = 8
"""They wait for a backend most of the time. Each holds at most one file in memory."""
_STREAK: Final = 2 * THREADS
"""Failures in a row after which the backends are checked."""


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """The items, in lists of `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


@contextmanager
def pool_of(threads: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads. If the block ends early, tasks in progress are finished, and the others are cancelled."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="repair")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def in_order(act: Callable[[Item], Result], items: Iterable[Item], pool: ThreadPoolExecutor) -> Iterator[Result]:
    """The result of `act` for each item, in the order of the items, each as soon as it is known."""
    waiting: deque[Future[Result]] = deque(pool.submit(act, each) for each in items)
    while waiting:
        yield waiting.popleft().result()


def watched(
    results: Iterable[Result], is_failure: Callable[[Result], bool], probe: Callable[[], object]
) -> Iterator[Result]:
    """The results, unchanged. After many failures in a row, it calls `probe`, which raises if a backend is down."""
    streak = 0
    for each in results:
        yield each
        streak = streak + 1 if is_failure(each) else 0
        if streak and streak % _STREAK == 0:
            probe()
