"""Threads that never keep the process from ending.

The executor of `concurrent.futures` waits for its threads at exit, even if one hangs in a read from a broken disk. The
pool of `multiprocessing` needs a semaphore, which the system refuses if it cannot write to `/dev/shm`.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Self, TypeVar

S = TypeVar("S")
T = TypeVar("T")


class DaemonPool:
    """A fixed number of daemon threads that run functions. Leaving its `with` block ends them when they are idle."""

    def __init__(self, threads: int) -> None:
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, daemon=True) for _ in range(threads)]

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        for _thread in self._threads:
            self._tasks.put(None)

    def submit(self, function: Callable[[S], T], argument: S) -> Future[T]:
        """Run `function(argument)` on one of the threads."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(function(argument))
            except BaseException as error:  # noqa: BLE001 - the caller gets it from the future
                future.set_exception(error)

        self._tasks.put(run)
        return future

    def map(self, function: Callable[[S], T], arguments: Iterable[S], *, ahead: int) -> Iterator[T]:
        """The results in the order of the arguments; at most `ahead` are computed, or wait, before they are needed."""
        pending: list[Future[T]] = []
        for each in arguments:
            pending.append(self.submit(function, each))
            if len(pending) >= ahead:
                yield pending.pop(0).result()
        for future in pending:
            yield future.result()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
