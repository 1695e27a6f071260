"""All queries that the code sends to Firestore, as data. A test compares them with `infra/indexes.json`.

Firestore refuses a query without an index, but its emulator needs no indexes. Without the test, a missing index would
be found only in production. The adapter sends no queries except those from this module.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from functions.adapters.catalog_order import SORTS
from functions.domain.ports import Filter, Order

ID: Final = "__name__"
"""The name of a document's id in queries."""


MAX_VALUES: Final = 30
"""Values that one condition can have."""


class Operator(StrEnum):
    """The operator of a condition, as Firestore names it."""

    EQUALS = "=="
    CONTAINS = "array_contains"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: `field` has `value`, or one of these values. An array has it if one of its elements does."""

    field: str
    value: str | tuple[str, ...]
    operator: Operator = Operator.EQUALS


@dataclass(frozen=True, slots=True)
class Query:
    """A query for documents that meet all conditions, sorted by fields that are all ascending or all descending.

    The last sort field is the id. So the order is total, and a cursor has exactly one place in it.
    """

    conditions: tuple[Condition, ...] = ()
    sort: tuple[str, ...] = (ID,)
    descending: bool = False


def page_query(where: Filter, order: Order) -> Query:
    """The query for `Catalog.page`."""
    sort = SORTS[order]
    wanted = {"tags": where.tag, "album": where.album, "uploader": where.uploader, "format": where.format}
    return Query(
        conditions=tuple(
            Condition(field, value, Operator.CONTAINS if field == "tags" else Operator.EQUALS)
            for field, value in wanted.items()
            if value is not None
        ),
        sort=(ID,) if sort.field is None else (sort.field, ID),
        descending=sort.descending,
    )


def file_query(hashes: tuple[str, ...]) -> Query:
    """The query for `Catalog.find_by_sha256`, with at most `MAX_VALUES` hashes."""
    if len(hashes) == 1:
        return Query(conditions=(Condition("sha256", hashes[0]),))
    return Query(conditions=(Condition("sha256", hashes, Operator.IN),))


def total_query(format_name: str) -> Query:
    """The query for `Catalog.totals` of one format. It sorts by `bytes`, because a sum needs its field in the index."""
    return Query(conditions=(Condition("format", format_name),), sort=("bytes", ID))


def every_query() -> Iterator[Query]:
    """One query of each kind that the code can send: all combinations of filters and orders, by hash, and sums."""
    for values in product((None, "x"), repeat=4):
        for order in Order:
            yield page_query(Filter(*values), order)
    yield file_query(("x",))
    yield file_query(("x", "y"))
    yield total_query("x")
