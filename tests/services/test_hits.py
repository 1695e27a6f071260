"""Counts in memory: when they are written, and that none is lost."""

import threading
from collections import Counter
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.domain.errors import Unavailable
from functions.domain.ports import Tally
from functions.services.hits import INTERVAL, Hits


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FailingCounters:
    """Counters that record each write, and fail while `fails` is set."""

    def __init__(self) -> None:
        self.writes: list[tuple[Tally, dict[str, int]]] = []
        self.fails = False
        self.written = threading.Event()

    def add(self, tally: Tally, counts: Mapping[str, int]) -> None:
        if self.fails:
            raise Unavailable
        self.writes.append((tally, dict(counts)))
        self.written.set()

    def sum(self, tally: Tally) -> Counter[str]:
        counted: Counter[str] = Counter()
        for kind, counts in self.writes:
            counted.update(counts if kind is tally else {})
        return counted


def counting() -> tuple[Hits, FailingCounters, Clock]:
    counters, clock = FailingCounters(), Clock()
    return Hits(lambda: counters, clock=clock), counters, clock  # type: ignore[arg-type,return-value]


def test_the_counts_of_a_minute_are_one_write() -> None:
    hits, counters, clock = counting()
    for _ in range(100):
        hits.view("a")
        hits.view("b")
    assert counters.writes == []
    clock.now += INTERVAL
    hits.view("a")
    assert counters.written.wait(5)
    hits.flush()
    assert counters.sum(Tally.VIEWS) == {"a": 101, "b": 100}
    assert len(counters.writes) == 1


def test_counts_that_cannot_be_written_are_written_the_next_time() -> None:
    hits, counters, _ = counting()
    hits.call("fetch")
    counters.fails = True
    hits.flush()
    hits.call("fetch")
    counters.fails = False
    hits.flush()
    assert counters.writes == [(Tally.CALLS, {"fetch": 2})]


def test_the_end_of_a_process_without_counts_writes_nothing() -> None:
    hits, counters, _ = counting()
    hits.flush()
    assert counters.writes == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["view", "fail", "work", "flush", "later"]), max_size=40))
def test_no_view_is_lost_or_counted_twice(steps: list[str]) -> None:
    hits, counters, clock = counting()
    for step in steps:
        if step == "view":
            hits.view("a")
        elif step == "flush":
            hits.flush()
        elif step == "later":
            clock.now += INTERVAL
        else:
            counters.fails = step == "fail"
    counters.fails = False
    hits.flush()
    for thread in threading.enumerate():
        if thread.name == "hits":
            thread.join(5)
    hits.flush()
    assert counters.sum(Tally.VIEWS)["a"] == steps.count("view")
