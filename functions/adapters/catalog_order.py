"""How the orders of the catalog sort its documents, in every store."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from functions.domain.ports import Cursor, Order
from functions.domain.wall_time import ascending


class Sort(NamedTuple):
    """A field of the documents to sort by before the id; None sorts by the id alone."""

    field: str | None
    descending: bool = False


# An entry without a time comes last in both directions, so there are two fields: in one of them its value is the
# smallest, in the other one it is the greatest.
SORTS: Final[Mapping[Order, Sort]] = {
    Order.NEWEST: Sort("uploaded_at", descending=True),
    Order.OLDEST: Sort("uploaded_at"),
    Order.TAKEN: Sort("wall_clock_ascending"),
    Order.TAKEN_DESCENDING: Sort("wall_clock", descending=True),
    Order.ID: Sort(None),
}


def sort_value(cursor: Cursor, field: str) -> datetime | str:
    """The value of a sort field at the cursor.

    Raises:
        ValueError: the cursor does not have it.
    """
    clock = cursor.wall_clock
    values = {
        "uploaded_at": cursor.uploaded_at,
        "wall_clock": clock,
        "wall_clock_ascending": None if clock is None else ascending(clock),
    }
    value = values[field]
    if value is None:
        raise ValueError(f"a cursor for an order by {field} needs that time")
    return value
