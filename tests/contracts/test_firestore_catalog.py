"""The catalog's contract, on Google's Firestore emulator."""

import os
import secrets
from functools import partial
from operator import attrgetter
from typing import Any

import pytest
from google.cloud.firestore_v1.aggregation import AggregationQuery

from functions.adapters.firestore_catalog import FirestoreCatalog, firestore_client
from functions.domain.ports import Catalog
from tests.builders import entry
from tests.contracts.backends import FreshCatalog
from tests.contracts.catalog_contract import CatalogContract


def open_catalog(host: str, collection: str) -> FirestoreCatalog:
    """The collection of that name in the emulator at `host`, in whichever process this is called."""
    os.environ["FIRESTORE_EMULATOR_HOST"] = host
    return FirestoreCatalog(firestore_client("demo-contract"), collection=collection)


class TestFirestoreCatalog(CatalogContract):
    @pytest.fixture
    def fresh(self, firestore_host: str, monkeypatch: pytest.MonkeyPatch) -> FreshCatalog:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)  # which puts back what was there before
        return lambda: partial(open_catalog, firestore_host, f"images-{secrets.token_hex(8)}")

    @pytest.mark.parametrize("backwards", [False, True])
    def test_totals_come_in_no_order(
        self, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, *, backwards: bool
    ) -> None:
        """They travel as a map, whose order is another in each process."""
        get = AggregationQuery.get

        def ordered(query: AggregationQuery, **options: Any) -> list[list[Any]]:
            sums: Any = get(query, **options)
            return [sorted(each, key=attrgetter("alias"), reverse=backwards) for each in sums]

        monkeypatch.setattr(AggregationQuery, "get", ordered)
        image = entry()
        catalog.create(image)
        assert catalog.totals()["jpeg"] == (1, image.facts.bytes)
