"""The number of documents that a page and a draw read from a large collection in Firestore."""

import secrets
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest
from google.cloud.firestore import Client

from functions.adapters.catalog_document import to_document
from functions.adapters.gcp.catalog import FirestoreCatalog, firestore_client
from functions.adapters.gcp.firestore import to_fields
from functions.domain.model import Image
from functions.domain.ports import Catalog, Cursor, Filter, Order
from functions.services.browse import Listing, browse
from functions.services.draw import BAG, Pool
from tests.builders import NOON, entry

ENTRIES, BATCH = 10_000, 500


class Reads:
    """A catalog that counts the documents that its pages read."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.count = 0

    def page(self, where: Filter, order: Order, *, after: Cursor | None, limit: int) -> Sequence[Image]:
        found = self._catalog.page(where, order, after=after, limit=limit)
        self.count += len(found)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)


@pytest.fixture(scope="module")
def large(firestore_host: str) -> Iterator[FirestoreCatalog]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        project = f"demo-{secrets.token_hex(4)}"
        fill(Client(project=project))
        catalog = FirestoreCatalog(firestore_client(project))
        yield catalog
        catalog.close()


def fill(client: Client) -> None:
    """Write all entries in batches, every tenth with a tag. The adapter has no method for batches."""
    for start in range(0, ENTRIES, BATCH):
        batch = client.batch()
        for number in range(start, start + BATCH):
            image = entry(number, tags=("tenth",) if number % 10 == 0 else ())
            batch.create(client.collection("images").document(image.id), to_fields(to_document(image)))
        batch.commit()
    client.close()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("where", [Filter(), Filter(tag="tenth")])
def test_a_page_reads_one_entry_more_than_it_shows(large: FirestoreCatalog, where: Filter) -> None:
    reads = Reads(large)
    page = browse(Listing(where, Order.NEWEST, 20), reads)
    browse(Listing(where, Order.NEWEST, 20, page.next), reads)
    assert reads.count == 2 * 21


def test_a_draw_reads_one_entry(large: FirestoreCatalog) -> None:
    reads, pool, rng = Reads(large), Pool(), Random(1)
    drawn = [pool.draw(Filter(), reads, count=1, rng=rng, now=NOON)[0].id for _ in range(10 * BAG)]
    assert reads.count == 10 * BAG
    assert len(set(drawn)) == 10 * BAG
