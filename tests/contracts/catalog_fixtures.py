"""Fixtures for the tests of a catalog: how a backend is opened, what it cannot do, and how entries are written."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import timedelta
from itertools import product
from typing import ClassVar

import pytest

from functions.domain.errors import Conflict
from functions.domain.formats import PNG
from functions.domain.model import Image
from functions.domain.ports import Catalog, Filter, Order
from functions.domain.wall_time import WallTime
from tests.builders import NOON, NOON_ON_CAMERA, entry
from tests.contracts.backends import FreshCatalog, OpenCatalog, ReopenCatalog
from tests.contracts.catalog_model import cursor

FILTERS = [
    Filter(tag=tag, album=album, uploader=uploader, format=image_format)
    for tag, album, uploader, image_format in product((None, "sea"), (None, "2024"), (None, "bob"), (None, "png"))
]


def wins(catalog: Catalog, _: int) -> bool:
    """Try to create entry 1. Returns whether this caller has created it."""
    try:
        catalog.create(entry())
    except Conflict:
        return False
    return True


def walk(catalog: Catalog, where: Filter, order: Order, limit: int) -> list[Image]:
    """All entries that match the filter, read page by page."""
    found: list[Image] = []
    while page := catalog.page(where, order, after=cursor(found[-1]) if found else None, limit=limit):
        assert len(page) <= limit
        found += page
        assert len(found) < 1000, "the pages never end"
    return found


def stored(catalog: Catalog, image: Image) -> Image:
    """Create an entry. Returns the entry that is read from the catalog."""
    catalog.create(image)
    found = catalog.get(image.id)
    assert found is not None
    return found


def _taken_at(number: int) -> WallTime | None:
    """A time on one of nine clocks in two zones and one without; None for every fourth number."""
    if number % 4 == 0:
        return None
    offset = [timedelta(hours=9), timedelta(hours=-5), None][number % 3]
    return WallTime(NOON_ON_CAMERA.clock + timedelta(hours=number % 9), offset)


class CatalogFixtures:
    """Fixtures of a catalog. A backend overrides `fresh`, and the attributes for what it cannot do."""

    survives_processes: ClassVar[bool] = True
    """Whether other processes can open the same namespace."""
    examples: ClassVar[int] = 25
    """The number of sequences of calls that are compared with the model."""

    @pytest.fixture
    def fresh(self) -> FreshCatalog:
        raise NotImplementedError

    @pytest.fixture
    def reopen(self, fresh: FreshCatalog) -> ReopenCatalog:
        return fresh()

    @pytest.fixture
    def opened(self, reopen: ReopenCatalog) -> Iterator[Callable[[], OpenCatalog]]:
        with ExitStack() as stack:
            yield lambda: stack.enter_context(closing(reopen()))

    @pytest.fixture
    def catalog(self, opened: Callable[[], OpenCatalog]) -> OpenCatalog:
        return opened()

    @pytest.fixture
    def mixed(self, catalog: Catalog) -> Sequence[Image]:
        """24 entries that differ in every field with a filter. Three share each time of upload, six have no other."""
        entries = [
            entry(
                number,
                tags=[(), ("sea",), ("sea", "sky")][number % 3],
                album=[None, "2024"][number % 2],
                uploader=["ada", "bob"][number // 4 % 2],
                uploaded_at=NOON + timedelta(seconds=number // 3),
                taken_at=_taken_at(number),
                **({"format": PNG} if number % 5 < 2 else {}),
            )
            for number in range(24)
        ]
        for image in entries:
            catalog.create(image)
        return entries
