"""The catalog's contract, on Google's Firestore emulator."""

import os
import secrets
from functools import partial

import pytest

from functions.adapters.firestore_catalog import FirestoreCatalog, firestore_client
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
