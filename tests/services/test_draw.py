"""Random draws: uniform, without repetition inside a bag, and with one read for each draw."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import sqrt
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.domain.model import Image
from functions.domain.ports import Catalog, Cursor, Filter, Order
from functions.services.draw import BAG, LIFETIME, Pool
from tests.builders import NOON, entry

ALL = Filter()


class CountingCatalog:
    """A catalog in memory that counts the entries that were read."""

    def __init__(self, images: Sequence[Image]) -> None:
        self.images = sorted(images, key=lambda each: each.id)
        self.reads = 0

    def page(self, where: Filter, order: Order, *, after: Cursor | None, limit: int) -> Sequence[Image]:
        assert order is Order.ID
        behind = [each for each in self.images if after is None or each.id > after.id]
        found = [each for each in behind if where.tag is None or where.tag in each.description.tags][:limit]
        self.reads += len(found)
        return found

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a draw must not call {name}")


def catalog_of(count: int) -> CountingCatalog:
    return CountingCatalog([entry(n) for n in range(count)])


def draws(pool: Pool, catalog: CountingCatalog, count: int, rng: Random, now: datetime = NOON) -> Iterator[str]:
    port: Catalog = catalog
    for _ in range(count):
        yield from (each.id for each in pool.draw(ALL, port, count=1, rng=rng, now=now))


@settings(deadline=None, max_examples=50)
@given(size=st.integers(0, 3 * BAG), count=st.integers(1, BAG), seed=st.integers(), before=st.integers(0, 40))
def test_a_draw_of_several_images_has_no_repetition(size: int, count: int, seed: int, before: int) -> None:
    pool, catalog, rng = Pool(), catalog_of(size), Random(seed)
    list(draws(pool, catalog, before, rng))
    port: Catalog = catalog
    ids = [each.id for each in pool.draw(ALL, port, count=count, rng=rng, now=NOON)]
    assert len(ids) == len(set(ids)) == min(count, size)


@settings(deadline=None, max_examples=50)
@given(size=st.integers(1, BAG), seed=st.integers())
def test_no_image_is_repeated_before_the_bag_is_empty(size: int, seed: int) -> None:
    pool, catalog, rng = Pool(), catalog_of(size), Random(seed)
    for _ in range(3):
        assert len(set(draws(pool, catalog, size, rng))) == size


@settings(deadline=None, max_examples=20)
@given(size=st.integers(BAG + 1, 5 * BAG), seed=st.integers())
def test_all_images_are_drawn_equally_often_in_the_long_run(size: int, seed: int) -> None:
    pool, catalog, rng = Pool(), catalog_of(size), Random(seed)
    counts = Counter(draws(pool, catalog, 4 * size, rng))
    assert len(counts) == size
    # The current pass over the catalog and the current bag can each make a difference of one.
    assert max(counts.values()) - min(counts.values()) <= 2


def test_the_first_draw_is_uniform() -> None:
    size, tries = 8, 8000
    catalog = catalog_of(size)
    counts = Counter(next(draws(Pool(), catalog, 1, Random(seed))) for seed in range(tries))
    deviation = sqrt(tries / size * (1 - 1 / size))
    assert all(abs(each - tries / size) < 4.5 * deviation for each in counts.values())


@pytest.mark.parametrize("size", [100, 1000])
def test_a_draw_costs_one_read(size: int) -> None:
    pool, catalog = Pool(), catalog_of(size)
    list(draws(pool, catalog, 10 * BAG, Random(1)))
    assert catalog.reads == 10 * BAG


def test_an_old_bag_is_filled_again() -> None:
    pool, catalog, rng = Pool(), catalog_of(5), Random(1)
    list(draws(pool, catalog, 1, rng))
    catalog.images = [entry(99)]
    assert list(draws(pool, catalog, 1, rng, NOON + LIFETIME - timedelta(seconds=1))) != [entry(99).id]
    assert list(draws(pool, catalog, 1, rng, NOON + LIFETIME)) == [entry(99).id]


def test_a_deleted_image_is_not_drawn() -> None:
    pool, catalog, rng = Pool(), catalog_of(5), Random(1)
    (first,) = draws(pool, catalog, 1, rng)
    gone = next(each.id for each in catalog.images if each.id != first)
    pool.discard(gone)
    assert gone not in list(draws(pool, catalog, 3, rng))


def test_each_filter_has_its_own_bag_and_the_number_of_bags_is_limited() -> None:
    catalog = CountingCatalog([entry(1, tags=("a",)), entry(2, tags=("b",))])
    port: Catalog = catalog
    pool = Pool()
    for tag, number in (("a", 1), ("b", 2), ("a", 1)):
        (drawn,) = pool.draw(Filter(tag=tag), port, count=1, rng=Random(1), now=NOON)
        assert drawn.id == entry(number).id
    for number in range(200):
        assert pool.draw(Filter(tag=f"tag {number}"), port, count=1, rng=Random(1), now=NOON) == []
    assert len(pool._bags) <= 64
