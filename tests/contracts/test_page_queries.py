"""How SQLite reads a page: along an index, without sorting."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from functions.adapters.catalog_order import SORTS
from functions.adapters.embedded.catalog import SqliteCatalog, page_query
from functions.domain.ports import Cursor, Filter, Order
from tests.builders import NOON, entry
from tests.contracts.catalog_fixtures import FILTERS

CURSORS = [None, Cursor("a" * 26, NOON, "2024-06-01T12:00:00")]
BY_ID = {
    Filter(): "sqlite_autoindex_images_1",
    Filter(tag="sea"): "tags_by_id",
    Filter(album="2024"): "images_by_album_id",
    Filter(uploader="bob"): "images_by_uploader_id",
    Filter(format="png"): "images_by_format_id",
}
BY_TIME = {
    Filter(): "images_by_",
    Filter(tag="sea"): "tags_by_",
    Filter(album="2024"): "images_by_album_",
    Filter(uploader="bob"): "images_by_uploader_",
    Filter(format="png"): "images_by_format_",
}
TIMES = {
    Order.NEWEST: "time",
    Order.OLDEST: "time",
    Order.TAKEN: "clock_ascending",
    Order.TAKEN_DESCENDING: "clock",
}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "catalog.db"
    with closing(SqliteCatalog(path)) as catalog:
        catalog.create(entry())
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def plan(connection: sqlite3.Connection, where: Filter, order: Order, after: Cursor | None) -> list[str]:
    sql, values = page_query(where, order, after, 50)
    return [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + sql, values)]


@pytest.mark.parametrize("after", CURSORS, ids=["first", "behind a cursor"])
@pytest.mark.parametrize("order", Order)
def test_a_page_by_one_filter_is_a_range_of_its_index(
    connection: sqlite3.Connection, order: Order, after: Cursor | None
) -> None:
    for where, by_id in BY_ID.items():
        step, *rest = plan(connection, where, order, after)
        index = by_id if order is Order.ID else BY_TIME[where] + TIMES[order]
        assert f"INDEX {index} " in f"{step} ", where
        assert (step.startswith("SEARCH")) == (where != Filter() or after is not None)
        if after is not None:
            assert ("id>?" if order is Order.ID else f"({SORTS[order].field},id)") in step
        assert rest == (["SEARCH images USING INTEGER PRIMARY KEY (rowid=?)"] if where.tag else [])


def test_no_page_needs_a_sort_or_a_scan(connection: sqlite3.Connection) -> None:
    for where, order, after in product(FILTERS, Order, CURSORS):
        steps = plan(connection, where, order, after)
        assert not [step for step in steps if "TEMP B-TREE" in step], (where, order)
        if where != Filter():
            assert all(step.startswith("SEARCH") for step in steps), (where, order)


def test_a_file_is_found_by_an_index(connection: sqlite3.Connection) -> None:
    (row,) = connection.execute("EXPLAIN QUERY PLAN SELECT document FROM images WHERE sha256 = 'x' LIMIT 1")
    assert "INDEX images_by_sha256" in row[3]
