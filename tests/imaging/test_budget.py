"""The limit on simultaneous decoding."""

from collections.abc import Callable, Sequence
from threading import Barrier, Event, Lock, Thread
from time import monotonic, sleep

import pytest

from functions.imaging.budget import Budget


class Load:
    """Records the greatest total weight that is held at the same time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.now = self.most = 0

    def add(self, weight: int) -> None:
        with self._lock:
            self.now += weight
            self.most = max(self.most, self.now)


def wait_until_queued(budget: Budget, count: int) -> None:
    deadline = monotonic() + 10
    while len(budget._queue) < count:
        assert monotonic() < deadline
        sleep(0.001)


def run(work: Callable[[int], None], arguments: Sequence[int]) -> None:
    threads = [Thread(target=work, args=(each,)) for each in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_the_capacity_is_never_exceeded_and_all_are_served() -> None:
    budget, load, barrier = Budget(10), Load(), Barrier(16)

    def work(weight: int) -> None:
        barrier.wait(10)
        for _ in range(20):
            with budget.take(weight):
                load.add(weight)
                sleep(0.0005)
                load.add(-weight)

    run(work, [1 + number % 7 for number in range(16)])
    assert load.now == 0
    assert 7 < load.most <= 10


def test_small_weights_never_exceed_the_number_of_holders() -> None:
    budget, load, barrier = Budget(10, holders=2), Load(), Barrier(16)

    def work(weight: int) -> None:
        barrier.wait(10)
        with budget.take(weight):
            load.add(1)
            sleep(0.002)
            load.add(-1)

    run(work, [0] * 8 + [1] * 8)
    assert load.most == 2


def test_a_request_above_the_capacity_runs_alone() -> None:
    budget, entered = Budget(10), Event()

    def oversize() -> None:
        with budget.take(1_000):
            entered.set()

    with budget.take(1):
        thread = Thread(target=oversize)
        thread.start()
        wait_until_queued(budget, 1)
        assert not entered.wait(0.02)
    assert entered.wait(10)
    thread.join(10)


def test_a_large_request_is_not_overtaken_by_small_ones() -> None:
    budget, order = Budget(10), list[str]()

    def enter(name: str, weight: int) -> None:
        with budget.take(weight):
            order.append(name)

    threads = [Thread(target=enter, args=case) for case in (("large", 10), ("small", 1), ("tiny", 1))]
    with budget.take(5):
        for number, thread in enumerate(threads, 1):
            thread.start()
            wait_until_queued(budget, number)
        assert order == []
    for thread in threads:
        thread.join(10)
    assert order[0] == "large"


def test_a_failure_releases_its_weight() -> None:
    budget = Budget(10)
    with pytest.raises(ValueError, match="bad"), budget.take(10):
        raise ValueError("bad")
    with budget.take(10):
        pass
