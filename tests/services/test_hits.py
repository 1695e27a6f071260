"""Counts in memory: when they are written, how long that delays a request, and that none is written twice."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.domain.errors import Unavailable
from functions.domain.ports import MAX_ADDED, Tally
from functions.services.hits import FLUSH_AT_THE_END, FLUSH_IN_A_REQUEST, INTERVAL, Hits
from tests.harness import Service
from tests.photos import jpeg, photo


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FailingCounters:
    """Counters that record each write, and fail in the way that `mode` names."""

    clock: Clock
    writes: list[tuple[Tally, dict[str, int]]] = field(default_factory=list)
    refused: list[tuple[Tally, dict[str, int]]] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    mode: str = "work"
    duration: Callable[[float], float] = lambda timeout: 0.0  # noqa: ARG005

    def add(self, tally: Tally, counts: Mapping[str, int], *, timeout: float) -> None:
        self.timeouts.append(timeout)
        self.clock.now += self.duration(timeout)
        (self.refused if self.mode == "refuse" else self.writes).append((tally, dict(counts)))
        if self.mode == "fault":
            raise ZeroDivisionError
        if self.mode != "work":
            raise Unavailable


def total(writes: list[tuple[Tally, dict[str, int]]], tally: Tally) -> Counter[str]:
    counted: Counter[str] = Counter()
    for kind, counts in writes:
        counted.update(counts if kind is tally else {})
    return counted


def counting() -> tuple[Hits, FailingCounters, Clock]:
    clock = Clock()
    counters = FailingCounters(clock)
    return Hits(lambda: counters, clock=clock), counters, clock  # type: ignore[arg-type,return-value]


def test_a_minute_is_one_flush_whatever_happens_in_it() -> None:
    hits, counters, clock = counting()
    for _ in range(100):
        hits.view("a")
        hits.call("fetch")
    assert counters.writes == []
    clock.now += INTERVAL
    hits.view("a")
    assert counters.writes == []
    for _ in range(10):
        hits.call("fetch")
    assert counters.writes == [(Tally.VIEWS, {"a": 101}), (Tally.CALLS, {"fetch": 101})]


def test_a_flush_that_failed_is_a_flush_of_this_minute_too() -> None:
    hits, counters, clock = counting()
    counters.mode = "refuse"
    clock.now += INTERVAL
    for _ in range(10):
        hits.call("fetch")
    assert len(counters.timeouts) == 1


def test_a_request_writes_the_counts_before_its_response_and_starts_no_thread(service: Service) -> None:
    hits, counters, clock = counting()
    service.install(hits=hits)
    image_id = service.stored(jpeg(photo(64, 48)))["id"]
    clock.now += INTERVAL
    threads = set(threading.enumerate())
    assert service.get(f"/fetch/{image_id}").status_code == 200
    assert total(counters.writes, Tally.VIEWS) == {image_id: 1}
    assert set(threading.enumerate()) <= threads


def test_a_write_that_hangs_costs_the_request_half_a_second_in_all() -> None:
    hits, counters, clock = counting()
    counters.duration = lambda timeout: timeout
    hits.view("a")
    clock.now += INTERVAL
    began = clock.now
    hits.call("fetch")
    assert counters.timeouts == [FLUSH_IN_A_REQUEST]
    assert clock.now - began == FLUSH_IN_A_REQUEST
    counters.duration = lambda _: 0.0
    hits.flush(FLUSH_AT_THE_END)
    assert total(counters.writes, Tally.CALLS) == {"fetch": 1}  # for which no time was left


def test_many_counts_share_the_half_second_and_the_rest_waits_for_the_next() -> None:
    hits, counters, clock = counting()
    counters.duration = lambda _: 0.2
    for number in range(5 * MAX_ADDED):
        hits.view(f"{number:026}")
    clock.now += INTERVAL
    hits.call("fetch")
    assert [round(each, 1) for each in counters.timeouts] == [0.5, 0.3, 0.1]
    assert all(len(counts) <= MAX_ADDED for _, counts in counters.writes)
    clock.now += INTERVAL
    hits.call("fetch")
    assert total(counters.writes, Tally.VIEWS) == {f"{number:026}": 1 for number in range(5 * MAX_ADDED)}


def test_a_fault_of_the_counters_does_not_fail_the_request() -> None:
    hits, counters, clock = counting()
    counters.mode = "fault"
    clock.now += INTERVAL
    hits.call("fetch")
    assert len(counters.timeouts) == 1


def test_an_end_without_counts_writes_nothing() -> None:
    hits, counters, _ = counting()
    hits.flush(FLUSH_AT_THE_END)
    assert counters.writes == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["view", "call", "refuse", "lose", "work", "flush", "later"]), max_size=40))
def test_each_count_is_handed_over_exactly_once(steps: list[str]) -> None:
    hits, counters, clock = counting()
    for step in steps:
        if step == "view":
            hits.view("a")
        elif step == "call":
            hits.call("fetch")
        elif step == "flush":
            hits.flush(FLUSH_AT_THE_END)
        elif step == "later":
            clock.now += INTERVAL
        else:
            counters.mode = step
    counters.mode = "work"
    hits.flush(FLUSH_AT_THE_END)
    handed = counters.writes + counters.refused
    assert total(handed, Tally.VIEWS)["a"] == steps.count("view")
    assert total(handed, Tally.CALLS)["fetch"] == steps.count("call")
