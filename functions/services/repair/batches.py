"""Work through a long stream with a few threads: in order, a batch at a time, no further ahead than that."""

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
"""They wait for a backend most of the time; each holds one file at most."""
_STREAK: Final = 2 * THREADS


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """The items, so many at a time."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


@contextmanager
def pool_of(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads. Where the block ends early, what they have begun is finished, and nothing more is begun."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="repair")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def in_order(act: Callable[[Item], Result], items: Iterable[Item], pool: ThreadPoolExecutor) -> Iterator[Result]:
    """What `act` makes of each item, in the order of the items, as soon as it is known."""
    waiting: deque[Future[Result]] = deque(pool.submit(act, each) for each in items)
    while waiting:
        yield waiting.popleft().result()


def watched(
    results: Iterable[Result], is_failure: Callable[[Result], bool], probe: Callable[[], object]
) -> Iterator[Result]:
    """The results; where many in a row are failures, `probe` may raise, so that nobody waits for what is gone."""
    streak = 0
    for each in results:
        yield each
        streak = streak + 1 if is_failure(each) else 0
        if streak and streak % _STREAK == 0:
            probe()
