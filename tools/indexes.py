"""`python -m tools.indexes` writes the fields without an index of their own into infra/indexes.json.

The composite indexes in that file are written by hand. A test compares them with the queries.
"""

import json
from pathlib import Path
from typing import Final

from functions.adapters.gcp.catalog import WRITE_ID
from functions.adapters.gcp.queries import every_query
from functions.domain.model import ENTRY

TABLE: Final = Path(__file__).parents[1] / "infra/indexes.json"

_START: Final = '  "fieldOverrides": [\n'


def table() -> str:
    """The content of the file with a new list of exempt fields, one line for each."""
    composite, start, _ = TABLE.read_text().partition(_START)
    lines = ",\n".join(f"    {json.dumps(_exemption(each))}" for each in sorted(_members() - _queried()))
    return f"{composite}{start}{lines}\n  ]\n}}\n"


def _members() -> set[str]:
    """The members of a document."""
    return {each.stored for each in ENTRY if each.stored is not None} | {WRITE_ID}


def _queried() -> set[str]:
    """The fields that a query filters by, or sorts by without a filter."""
    filters = {condition.field for query in every_query() for condition in query.conditions}
    return filters | {query.sort[0] for query in every_query() if not query.conditions}


def _exemption(field: str) -> dict[str, object]:
    return {"collectionGroup": "images", "fieldPath": field, "indexes": []}


if __name__ == "__main__":
    TABLE.write_text(table())
    print(f"Wrote {TABLE}")
