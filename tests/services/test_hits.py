"""Counting in memory: what is written when, and what is lost never."""

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


class Book:
    """Counters that remember each write, and fail when told."""

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


def counting() -> tuple[Hits, Book, Clock]:
    book, clock = Book(), Clock()
    return Hits(lambda: book, clock=clock), book, clock  # type: ignore[arg-type,return-value]


def test_a_minute_is_one_write_whatever_happens_in_it() -> None:
    hits, book, clock = counting()
    for _ in range(100):
        hits.view("a")
        hits.view("b")
    assert book.writes == []
    clock.now += INTERVAL
    hits.view("a")
    assert book.written.wait(5)
    hits.flush()
    assert book.sum(Tally.VIEWS) == {"a": 101, "b": 100}
    assert len(book.writes) == 1


def test_what_cannot_be_written_waits_for_the_next_time() -> None:
    hits, book, _ = counting()
    hits.call("fetch")
    book.fails = True
    hits.flush()
    hits.call("fetch")
    book.fails = False
    hits.flush()
    assert book.writes == [(Tally.CALLS, {"fetch": 2})]


def test_an_end_without_counts_writes_nothing() -> None:
    hits, book, _ = counting()
    hits.flush()
    assert book.writes == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["view", "fail", "work", "flush", "later"]), max_size=40))
def test_nothing_is_lost_and_nothing_counted_twice(steps: list[str]) -> None:
    hits, book, clock = counting()
    for step in steps:
        if step == "view":
            hits.view("a")
        elif step == "flush":
            hits.flush()
        elif step == "later":
            clock.now += INTERVAL
        else:
            book.fails = step == "fail"
    book.fails = False
    hits.flush()
    for thread in threading.enumerate():
        if thread.name == "hits":
            thread.join(5)
    hits.flush()
    assert book.sum(Tally.VIEWS)["a"] == steps.count("view")
