"""A walk over all images of a repository: how many calls to the backend it makes, and how much memory it takes."""

import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from functions.domain.ids import rendition_name
from functions.domain.model import Image, Rendition, Renditions, RenditionState
from functions.domain.ports import Cursor, Filter, Object, Order
from functions.domain.renditions import rendition_metadata
from functions.services.repair.actions import Intake
from functions.services.repair.fsck import Progress, fsck
from functions.services.repair.reindex import Outcome, reindex
from functions.services.repair.snapshot import Stores
from functions.services.repair.walk import ENTRIES, OBJECTS
from tests.builders import NOON, entry
from tests.repairs import AT_ONCE

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
"""The digits of base32, in the order of their code points."""


def id_of(number: int) -> str:
    """An id for each number, in the same order."""
    digits = ""
    for _ in range(5):
        number, digit = divmod(number, 32)
        digits = _DIGITS[digit] + digits
    return digits + "a" * 21


def number_of(name: str) -> int:
    number = 0
    for digit in name[:5]:
        number = number * 32 + _DIGITS.index(digit)
    return number


SMALL = Rendition("160", 160, 120, 5_000)
WIDE = Rendition("200", 200, 150, 8_000)


def image(number: int) -> Image:
    ready = Renditions(RenditionState.READY, (SMALL, WIDE))
    return entry(number, id=id_of(number), width=200, height=150, generation=number + 1, renditions=ready)


def original(number: int) -> Object:
    """The original of `image(number)`."""
    name, size = f"{id_of(number)}.jpg", 1_000_000 + number
    return Object(name, number + 1, 1, size, "image/jpeg", NOON, {"fingerprint": "0" * 128, "caption": "x" * 500})


def rendition(number: int, which: Rendition) -> Object:
    name = rendition_name(id_of(number), which.name)
    return Object(name, number + 1, 1, which.bytes, "image/webp", NOON, rendition_metadata(which, number + 1))


@dataclass
class Endless:
    """A repository of `size` images without problems. Images are created when they are read. Calls are counted."""

    size: int
    calls: Counter[str] = field(default_factory=Counter)

    def page(self, where: Filter, order: Order, *, after: Cursor | None, limit: int) -> Sequence[Image]:
        assert (where, order) == (Filter(), Order.ID)
        self.calls["entries"] += 1
        start = number_of(after.id) + 1 if after else 0
        return [image(number) for number in range(start, min(start + limit, self.size))]

    def stores(self) -> Stores:
        originals, renditions = (_Listed(self, each) for each in ("originals", "renditions"))
        return Stores(*(cast("Any", each) for each in (self, originals, renditions, None)))


@dataclass
class _Listed:
    repository: Endless
    kind: str

    def list(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> Sequence[Object]:
        assert not prefix
        self.repository.calls[self.kind] += 1
        behind = (each for each in self._objects(number_of(after) if after else 0) if each.name > after)
        return [each for each, _ in zip(behind, range(limit), strict=False)]

    def _objects(self, start: int) -> Iterator[Object]:
        for number in range(start, self.repository.size):
            if self.kind == "originals":
                yield original(number)
            else:
                yield rendition(number, SMALL)
                yield rendition(number, WIDE)


class _Nothing:
    def list(self, *, after: str = "", limit: int = 1000) -> Sequence[Object]:
        del after, limit
        return []


def check(repository: Endless) -> int:
    """Check the whole repository, and assert that the check finds no problem. Returns the number of images."""
    intake = Intake(cast("Any", _Nothing()), cast("Any", None))
    images = 0
    for each in fsck(repository.stores(), intake, AT_ONCE):
        assert isinstance(each, Progress), each
        images += each.images
    return images


def index(repository: Endless) -> int:
    return sum(each.outcome is Outcome.AGREES for each in reindex(repository.stores(), threads=2))


@pytest.mark.parametrize("walk", [check, index])
def test_a_walk_needs_a_call_for_a_thousand_objects_and_a_query_for_a_page_of_entries(walk: Any) -> None:
    repository = Endless(4_500)
    assert walk(repository) == 4_500
    renditions = {"renditions": 9} if walk is check else {}
    assert {name: count - 1 for name, count in repository.calls.items()} == {
        "originals": 4_500 // OBJECTS,
        "entries": 4_500 // ENTRIES,
        **renditions,
    }


@pytest.mark.parametrize("walk", [check, index])
def test_a_walk_keeps_only_a_few_pages_in_memory(walk: Any) -> None:
    """All images together would take 13 MB."""
    walk(Endless(1))  # the first walk also loads modules
    tracemalloc.start()
    try:
        walk(Endless(4_500))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000
