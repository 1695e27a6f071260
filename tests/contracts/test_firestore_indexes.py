"""Every query has its index and every index its query; the emulator would never ask for one.

What Firestore answers from which index is taken from its documentation: every field that is not exempt has an index in
either direction, and one of its array's elements; each index ends with the id, in the direction of its last field; and
equality conditions are met by merging indexes that sort alike, so that a query with several filters needs no index of
its own beyond those of each filter.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.adapters.catalog_document import to_document
from functions.adapters.gcp.catalog import WRITE_ID
from functions.adapters.gcp.queries import ID, Condition, Operator, Query, every_query
from tests.builders import entry
from tools import indexes

DECLARED: dict[str, Any] = json.loads(indexes.TABLE.read_text())
QUERIES = list(every_query())

Index = tuple[tuple[str, str], ...]
"""Fields and how each is indexed: ASCENDING, DESCENDING or CONTAINS."""


def declared() -> list[Index]:
    """The composite indexes in `infra/`."""
    return [
        tuple((field["fieldPath"], field.get("order") or field["arrayConfig"]) for field in index["fields"])
        for index in DECLARED["indexes"]
    ]


def exempt() -> set[str]:
    """Fields without any index of their own."""
    return {each["fieldPath"] for each in DECLARED["fieldOverrides"] if not each["indexes"]}


def needed(query: Query) -> Iterator[Index]:
    """The indexes that answer a query, merged."""
    direction = "DESCENDING" if query.descending else "ASCENDING"
    sort = tuple((field, direction) for field in query.sort if field != ID)
    if query.conditions:
        for condition in query.conditions:
            yield ((condition.field, "CONTAINS" if condition.operator is Operator.CONTAINS else "ASCENDING"), *sort)
    elif sort:
        yield sort


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_a_query_has_its_indexes(query: Query) -> None:
    for index in needed(query):
        if len(index) == 1:
            assert index[0][0] not in exempt()
        else:
            assert index in declared()
    assert not query.descending or query.sort != (ID,), "no index by id runs backwards"


def test_an_index_has_its_queries() -> None:
    assert sorted(declared()) == sorted({index for query in QUERIES for index in needed(query) if len(index) > 1})


def test_what_no_query_looks_at_alone_has_no_index_of_its_own() -> None:
    looked_at = {index[0][0] for query in QUERIES for index in needed(query) if len(index) == 1}
    assert exempt() == {*to_document(entry()), WRITE_ID} - looked_at


def test_the_exemptions_are_what_their_tool_writes() -> None:
    assert indexes.TABLE.read_text() == indexes.table(), "run python -m tools.indexes"


def test_all_are_of_the_collection_of_entries() -> None:
    for each in (*DECLARED["indexes"], *DECLARED["fieldOverrides"]):
        assert each["collectionGroup"] == "images"
        assert each.get("queryScope", "COLLECTION") == "COLLECTION"


def test_every_filter_and_order_is_among_the_queries() -> None:
    assert len(QUERIES) == len(set(QUERIES)) == 2**4 * 3 + 3
    assert Query((Condition("tags", "x", Operator.CONTAINS),), ("uploaded_at", ID), descending=True) in QUERIES
