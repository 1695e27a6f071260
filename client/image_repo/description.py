"""The description of an image, as the form fields of an upload and as the JSON of an update."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Final

from image_repo.text import encodable


class Unchanged(Enum):
    """The type of `UNCHANGED`."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED
"""The value of a field that an update does not change; None removes the field."""

Value = str | Iterable[str] | datetime | None


def upload_fields(extra: Mapping[str, str] | None = None, **fields: Value) -> dict[str, str]:
    """The form fields; those without a value are left out. Tags get commas between them."""
    texts = {name: _form_text(value) for name, value in fields.items() if value is not None}
    return {name: text for name, text in {**encoded(extra or {}), **texts}.items() if text}


def update_members(**fields: Value | Unchanged) -> dict[str, str | list[str] | None]:
    """The members of a JSON merge patch (RFC 7396): None removes a field."""
    return {name: _json_value(value) for name, value in fields.items() if not isinstance(value, Unchanged)}


def encoded(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields, in a form that can be sent."""
    return {encodable(name): encodable(value) for name, value in fields.items()}


def _form_text(value: str | Iterable[str] | datetime) -> str:
    text = _json_value(value)
    return ",".join(text) if isinstance(text, list) else text or ""


def _json_value(value: Value) -> str | list[str] | None:
    if value is None or isinstance(value, str):
        return None if value is None else encodable(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return [encodable(each) for each in value]
