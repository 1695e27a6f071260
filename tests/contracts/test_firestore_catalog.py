"""The catalog's contract, on Google's Firestore emulator."""

import os
import secrets
from functools import partial
from operator import attrgetter
from typing import Any

import pytest
from google.cloud.firestore import DELETE_FIELD
from google.cloud.firestore_v1.aggregation import AggregationQuery

from functions.adapters.gcp.catalog import FirestoreCatalog, firestore_client
from functions.domain.errors import Damaged
from tests.builders import entry
from tests.contracts.backends import FreshCatalog
from tests.contracts.catalog_contract import CatalogContract


def open_catalog(host: str, collection: str) -> FirestoreCatalog:
    """Open the collection in the emulator at `host`. The processes that a test starts can call this function too."""
    os.environ["FIRESTORE_EMULATOR_HOST"] = host
    return FirestoreCatalog(firestore_client("demo-contract"), collection=collection)


class TestFirestoreCatalog(CatalogContract):
    @pytest.fixture
    def fresh(self, firestore_host: str, monkeypatch: pytest.MonkeyPatch) -> FreshCatalog:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)  # monkeypatch restores the old value later
        return lambda: partial(open_catalog, firestore_host, f"images-{secrets.token_hex(8)}")

    @pytest.mark.parametrize("order", [1, -1])
    def test_totals_do_not_depend_on_the_order_of_the_results(
        self, catalog: FirestoreCatalog, order: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The results are the values of a map, whose order can differ between processes and releases."""
        get: Any = AggregationQuery.get

        def ordered(query: AggregationQuery, **options: Any) -> Any:
            return [sorted(each, key=attrgetter("alias"))[::order] for each in get(query, **options)]

        monkeypatch.setattr(AggregationQuery, "get", ordered)
        image = entry()
        catalog.create(image)
        assert catalog.totals()["jpeg"] == (1, image.facts.bytes)

    def test_an_entry_that_another_program_damaged_is_reported_with_its_id(self, catalog: FirestoreCatalog) -> None:
        image = entry()
        catalog.create(image)
        catalog._call(lambda client, _: catalog._entries(client).document(image.id).update({"tags": DELETE_FIELD}))
        with pytest.raises(Damaged, match=f"{image.id} cannot be read. Delete it there"):
            catalog.get(image.id)
