"""The catalog's contract, on SQLite."""

from functools import partial
from itertools import count
from pathlib import Path

import pytest

from functions.adapters.sqlite_catalog import SqliteCatalog
from tests.contracts.backends import FreshCatalog
from tests.contracts.catalog_contract import CatalogContract


class TestSqliteCatalog(CatalogContract):
    @pytest.fixture
    def fresh(self, tmp_path: Path) -> FreshCatalog:
        numbers = count()
        return lambda: partial(SqliteCatalog, tmp_path / f"catalog-{next(numbers)}.db")
