"""A document of ours as Firestore takes it.

`extra` has whatever names the fields of an uploader's form have, and Firestore takes neither an empty field name nor
one between double underscores. So that map is kept as JSON.
"""

import json
from collections.abc import Mapping
from typing import Any

_EXTRA = "extra"


def to_fields(document: Mapping[str, object]) -> dict[str, object]:
    """The fields to write for a document."""
    return {**document, _EXTRA: json.dumps(document[_EXTRA], ensure_ascii=False)}


def from_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The document out of its fields."""
    return {**fields, _EXTRA: json.loads(fields[_EXTRA])}
