"""The rules for all counters."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.domain.ports import MAX_ADDED, Counters, Tally
from tests.contracts.races import in_threads

NAMES = [letter * 26 for letter in "abcdefg"]
ADDED = st.lists(st.dictionaries(st.sampled_from(NAMES), st.integers(1, 1000), max_size=4), max_size=4)

TIMEOUT = 10.0
"""Seconds."""


class CountersContract:
    @pytest.fixture
    def counters(self) -> Counters:
        raise NotImplementedError

    def test_new_counters_are_empty(self, counters: Counters) -> None:
        for tally in Tally:
            assert counters.total(tally) == 0
            assert list(counters.top(tally, 10)) == []

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(added=ADDED)
    def test_totals_are_the_sums_of_what_was_added(self, counters: Counters, added: list[dict[str, int]]) -> None:
        counters.forget(Tally.VIEWS, NAMES)
        expected: Counter[str] = Counter()
        for each in added:
            counters.add(Tally.VIEWS, each, timeout=TIMEOUT)
            expected.update(each)
        assert dict(counters.top(Tally.VIEWS, 100)) == expected
        assert counters.total(Tally.VIEWS) == expected.total()
        assert counters.total(Tally.CALLS) == 0

    def test_the_top_are_the_names_with_the_greatest_counts_in_order(self, counters: Counters) -> None:
        counters.add(Tally.CALLS, {"fetch": 7, "list": 9, "random": 8, "upload": 1}, timeout=TIMEOUT)
        assert list(counters.top(Tally.CALLS, 3)) == [("list", 9), ("random", 8), ("fetch", 7)]

    def test_many_names_can_be_added(self, counters: Counters) -> None:
        for first in range(0, 3 * MAX_ADDED, MAX_ADDED):
            names = [f"{first + number:026}" for number in range(MAX_ADDED)]
            counters.add(Tally.VIEWS, dict.fromkeys(names, 2), timeout=TIMEOUT)
        assert counters.total(Tally.VIEWS) == 6 * MAX_ADDED
        assert len(counters.top(Tally.VIEWS, 2000)) == 3 * MAX_ADDED

    def test_a_forgotten_name_starts_at_zero_again(self, counters: Counters) -> None:
        counters.add(Tally.VIEWS, {"a": 5, "b": 6}, timeout=TIMEOUT)
        counters.forget(Tally.VIEWS, ["a", "unknown"])
        counters.add(Tally.VIEWS, {"a": 1}, timeout=TIMEOUT)
        assert dict(counters.top(Tally.VIEWS, 10)) == {"a": 1, "b": 6}

    def test_simultaneous_additions_lose_nothing(self, counters: Counters) -> None:
        in_threads(16, lambda _: counters.add(Tally.CALLS, {"fetch": 2}, timeout=TIMEOUT))
        assert counters.total(Tally.CALLS) == 32
