"""Every query has an index, and every index has a query. The emulator answers queries without an index too.

The rules are from the documentation of Firestore. Every field that is not exempt has an index in each direction, and
one of the elements of its array. Each index ends with the id, in the direction of its last field. For equality
conditions, Firestore merges indexes with the same order, so that a query with several filters needs only the indexes
of each filter.
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
"""The fields of an index, each with its mode: ASCENDING, DESCENDING or CONTAINS."""


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
    """The indexes that Firestore merges to answer a query."""
    direction = "DESCENDING" if query.descending else "ASCENDING"
    sort = tuple((field, direction) for field in query.sort if field != ID)
    if query.conditions:
        for condition in query.conditions:
            yield ((condition.field, "CONTAINS" if condition.operator is Operator.CONTAINS else "ASCENDING"), *sort)
    elif sort:
        yield sort


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_every_query_has_its_indexes(query: Query) -> None:
    for index in needed(query):
        if len(index) == 1:
            assert index[0][0] not in exempt()
        else:
            assert index in declared()
    assert not query.descending or query.sort != (ID,), "Firestore has no descending index by id"


def test_every_index_is_used_by_a_query() -> None:
    assert sorted(declared()) == sorted({index for query in QUERIES for index in needed(query) if len(index) > 1})


def test_a_field_that_no_query_uses_alone_has_no_index_of_its_own() -> None:
    looked_at = {index[0][0] for query in QUERIES for index in needed(query) if len(index) == 1}
    assert exempt() == {*to_document(entry()), WRITE_ID} - looked_at


def test_the_file_of_the_exemptions_is_up_to_date() -> None:
    assert indexes.TABLE.read_text() == indexes.table(), "Run: python -m tools.indexes"


def test_all_indexes_belong_to_the_collection_of_entries() -> None:
    for each in (*DECLARED["indexes"], *DECLARED["fieldOverrides"]):
        assert each["collectionGroup"] == "images"
        assert each.get("queryScope", "COLLECTION") == "COLLECTION"


def test_every_filter_and_order_is_among_the_queries() -> None:
    assert len(QUERIES) == len(set(QUERIES)) == 2**4 * 5 + 3
    by_tag = (Condition("tags", "x", Operator.CONTAINS),)
    assert Query(by_tag, ("uploaded_at", ID), descending=True) in QUERIES
    assert Query(by_tag, ("wall_clock", ID), descending=True) in QUERIES
    assert Query(by_tag, ("wall_clock_ascending", ID)) in QUERIES
