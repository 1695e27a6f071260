"""A document of ours as Firestore takes it.

The names in a map of `Texts` come from an uploader's form, and Firestore takes neither an empty name nor one between
double underscores. So Firestore gets such a map as JSON.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from functions.domain.fields import Texts
from functions.domain.model import DESCRIPTION

_MAPS: Final = tuple(each.name for each in DESCRIPTION if isinstance(each.kind, Texts))


def to_fields(document: Mapping[str, object]) -> dict[str, object]:
    """The fields to write for a document."""
    return {**document, **{name: json.dumps(document[name], ensure_ascii=False) for name in _MAPS}}


def from_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The document out of its fields."""
    return {**fields, **{name: json.loads(fields[name]) for name in _MAPS}}
