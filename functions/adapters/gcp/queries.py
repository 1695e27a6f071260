"""Every query that the code asks of Firestore, as data: `infra/indexes.json` is held against this list.

Firestore answers a query from an index or not at all, and its emulator never asks for one, so that a missing index
would show first in production. The adapter can ask only what is made here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from functions.domain.ports import Filter, Order

ID: Final = "__name__"
"""What queries call a document's id."""


MAX_VALUES: Final = 30
"""Values that one condition can name."""


class Operator(StrEnum):
    """How a condition compares, in Firestore's words."""

    EQUALS = "=="
    CONTAINS = "array_contains"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` has `value`, or one of its values; where the field is an array, as one of its elements."""

    field: str
    value: str | tuple[str, ...]
    operator: Operator = Operator.EQUALS


@dataclass(frozen=True, slots=True)
class Query:
    """Documents that meet all conditions, sorted by fields that are all ascending or all descending.

    The last of the sort fields is the id, so that the order is total and a cursor has one place in it.
    """

    conditions: tuple[Condition, ...] = ()
    sort: tuple[str, ...] = (ID,)
    descending: bool = False


def page_query(where: Filter, order: Order) -> Query:
    """The query whose pages `Catalog.page` gives."""
    wanted = {"tags": where.tag, "album": where.album, "uploader": where.uploader, "format": where.format}
    return Query(
        conditions=tuple(
            Condition(field, value, Operator.CONTAINS if field == "tags" else Operator.EQUALS)
            for field, value in wanted.items()
            if value is not None
        ),
        sort=(ID,) if order is Order.ID else ("uploaded_at", ID),
        descending=order is Order.NEWEST,
    )


def file_query(hashes: tuple[str, ...]) -> Query:
    """The query behind `Catalog.find_by_sha256`, for at most `MAX_VALUES` hashes."""
    if len(hashes) == 1:
        return Query(conditions=(Condition("sha256", hashes[0]),))
    return Query(conditions=(Condition("sha256", hashes, Operator.IN),))


def total_query(format_name: str) -> Query:
    """What `Catalog.totals` sums up over one format: a sum needs its field in the index that the query walks."""
    return Query(conditions=(Condition("format", format_name),), sort=("bytes", ID))


def every_query() -> Iterator[Query]:
    """One query of each kind that the code can make: all combinations of filters in all orders, by hash, and sums."""
    for values in product((None, "x"), repeat=4):
        for order in Order:
            yield page_query(Filter(*values), order)
    yield file_query(("x",))
    yield file_query(("x", "y"))
    yield total_query("x")
