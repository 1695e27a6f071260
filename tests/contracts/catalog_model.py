"""A model of the catalog: a dictionary, with which the results of every backend are compared."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, rule

from functions.domain.errors import Conflict
from functions.domain.model import Image
from functions.domain.ports import Cursor, Filter, Order, Total
from tests.builders import entry
from tests.contracts.backends import FreshCatalog
from tests.contracts.strategies import filters, similar_images


def fits(image: Image, where: Filter) -> bool:
    """Whether an entry matches the filter."""
    return (
        where.tag in (None, *image.description.tags)
        and where.album in (None, image.description.album)
        and where.uploader in (None, image.uploader)
        and where.format in (None, image.facts.format.name)
    )


def selected(images: Iterable[Image], where: Filter, order: Order, after: Cursor | None = None) -> list[Image]:
    """The entries after the cursor that match the filter, in order."""
    found = [image for image in images if fits(image, where)]
    if order in {Order.TAKEN, Order.TAKEN_DESCENDING}:
        return _by_clock(found, after, descending=order is Order.TAKEN_DESCENDING)
    if order is Order.ID:
        found.sort(key=lambda image: image.id)
        return [image for image in found if after is None or image.id > after.id]
    found.sort(key=_time)
    if after is not None:
        assert after.uploaded_at is not None
        place = after.uploaded_at, after.id
        newest = order is Order.NEWEST
        found = [image for image in found if (_time(image) < place if newest else _time(image) > place)]
    return found[::-1] if order is Order.NEWEST else found


def _by_clock(images: Iterable[Image], after: Cursor | None, *, descending: bool) -> list[Image]:
    """The entries after the cursor: first those with a time, by the camera's clock, and then those without one."""
    found = {(image.taken_at.clock if image.taken_at else None, image.id): image for image in images}
    places = set(found)
    place = None
    if after is not None:
        assert after.wall_clock is not None
        place = (datetime.fromisoformat(after.wall_clock) if after.wall_clock else None, after.id)
        places.add(place)  # its entry need not exist
    dated = sorted(((clock, each) for clock, each in places if clock is not None), reverse=descending)
    undated = sorted((each for clock, each in places if clock is None), reverse=descending)
    order = [*dated, *((None, each) for each in undated)]
    rest = order if place is None else order[order.index(place) + 1 :]
    return [found[each] for each in rest]


def cursor(image: Image) -> Cursor:
    """The cursor after an entry."""
    clock = image.taken_at.clock.isoformat() if image.taken_at else ""
    return Cursor(image.id, image.uploaded_at, clock)


def _time(image: Image) -> tuple[datetime, str]:
    return image.uploaded_at, image.id


class CatalogMachine(RuleBasedStateMachine):
    """Any sequence of calls has the same effects on the catalog as on a dictionary."""

    seen = Bundle("seen")

    def __init__(self, fresh: FreshCatalog) -> None:
        super().__init__()
        self.catalog = fresh()()
        self.entries: dict[str, Image] = {}
        self.revisions: dict[str, int] = {}
        self.writes = 0

    def teardown(self) -> None:
        self.catalog.close()

    def _keep(self, image: Image) -> None:
        self.writes += 1
        self.entries[image.id] = image
        self.revisions[image.id] = self.writes

    @rule(image=similar_images)
    def create(self, image: Image) -> None:
        try:
            self.catalog.create(image)
        except Conflict:
            assert image.id in self.entries
        else:
            assert image.id not in self.entries
            self._keep(image)

    @rule(target=seen, number=st.integers(0, 5))
    def get(self, number: int) -> object:
        image = self.catalog.get(entry(number).id)
        assert image == self.entries.get(entry(number).id)
        return multiple() if image is None else (image, self.revisions[image.id])

    @rule(seen=seen, image=similar_images)
    def replace(self, seen: tuple[Image, int], image: Image) -> None:
        before, revision = seen
        changed = dataclasses.replace(image, id=before.id)
        try:
            self.catalog.replace(changed, seen=before)
        except Conflict:
            assert self.revisions.get(before.id) != revision
        else:
            assert self.revisions.get(before.id) == revision
            self._keep(changed)

    @rule(seen=seen)
    def delete(self, seen: tuple[Image, int]) -> None:
        before, revision = seen
        try:
            self.catalog.delete(seen=before)
        except Conflict:
            assert self.revisions.get(before.id) != revision
        else:
            assert self.revisions.pop(before.id) == revision
            del self.entries[before.id]

    @rule(numbers=st.sets(st.integers(0, 5)))
    def find(self, numbers: set[int]) -> None:
        hashes = {entry(number).facts.sha256 for number in numbers}
        found = self.catalog.find_by_sha256(*hashes)
        assert {each.id: each for each in found} == {
            image.id: image for image in self.entries.values() if image.facts.sha256 in hashes
        }

    @rule()
    def totals(self) -> None:
        expected: dict[str, Total] = {}
        for image in self.entries.values():
            images, size = expected.get(image.facts.format.name, Total(0, 0))
            expected[image.facts.format.name] = Total(images + 1, size + image.facts.bytes)
        found = {name: total for name, total in self.catalog.totals().items() if total.images}
        assert found == expected

    @rule(
        where=filters,
        order=st.sampled_from(Order),
        after=st.none() | similar_images.map(cursor),
        limit=st.integers(1, 4),
    )
    def page(self, where: Filter, order: Order, after: Cursor | None, limit: int) -> None:
        expected = selected(self.entries.values(), where, order, after)[:limit]
        assert list(self.catalog.page(where, order, after=after, limit=limit)) == expected
