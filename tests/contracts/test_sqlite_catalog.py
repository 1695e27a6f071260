"""The catalog's contract, on SQLite."""

import sqlite3
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from functions.adapters.embedded.catalog import SqliteCatalog
from functions.domain.errors import Damaged
from tests.builders import entry
from tests.contracts.backends import FreshCatalog
from tests.contracts.catalog_contract import CatalogContract


class TestSqliteCatalog(CatalogContract):
    @pytest.fixture
    def fresh(self, tmp_path: Path) -> FreshCatalog:
        numbers = count()
        return lambda: partial(SqliteCatalog, tmp_path / f"catalog-{next(numbers)}.db")


@pytest.mark.parametrize("document", ["", "{}", "[]", "$.tags", "$.renditions.state"])
def test_an_entry_that_another_program_damaged_is_reported_with_its_id(document: str, tmp_path: Path) -> None:
    image = entry()
    with closing(SqliteCatalog(tmp_path / "catalog.db")) as catalog:
        catalog.create(image)
        with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection, connection:
            change = "CASE WHEN ?1 LIKE '$%' THEN json_remove(document, ?1) ELSE ?1 END"
            connection.execute(f"UPDATE images SET document = {change}", (document,))  # noqa: S608 - ours
        with pytest.raises(Damaged, match=f"{image.id} cannot be read. Delete it there"):
            catalog.get(image.id)
