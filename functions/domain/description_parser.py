"""Parses descriptions of images from form fields, JSON, query strings and the metadata of drops.

A value that is too long, or of the wrong type, is refused; nothing is cut off.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from functions.domain.errors import InvalidField, InvalidFilename
from functions.domain.fields import CameraTime, Field, FileName, Tags, Text, Texts
from functions.domain.model import DESCRIPTION, WRITABLE, Description
from functions.domain.text import byte_length, composed, has_control_characters, nested_length, trimmed
from functions.domain.wall_time import WallTime, parse

_MAX_PATH: Final = 4_096
"""Characters of a file name with its folders."""
_MAX_SENT: Final = 3
"""A text or a list can be sent with this many times its stored bytes: it can contain repetitions and spaces."""
_MAX_TIME: Final = 64
"""Characters."""
_MAX_SHOWN: Final = 64
"""Characters of an unknown field's name that the error repeats."""
_OTHERS: Final = next(each.kind for each in DESCRIPTION if isinstance(each.kind, Texts))


def parse_description(values: Mapping[str, object]) -> Description:
    """The description that the fields of an upload give; fields that are not declared become its `extra`.

    Raises:
        InvalidField: a value is too long or of the wrong type.
        InvalidFilename: the file name is not a plain name, or too long.
    """
    declared = {name: value for name, value in values.items() if name in WRITABLE}
    others = {name: value for name, value in values.items() if name not in WRITABLE}
    return replace(patch_description(declared, Description()), extra=_extra(others))


def patch_description(values: Mapping[str, object], before: Description) -> Description:
    """`before` with these values in place (JSON merge patch, RFC 7396: null removes a value).

    Raises:
        InvalidField: a field is not declared, or its value is too long or of the wrong type.
        InvalidFilename: the file name is not a plain name, or too long.
    """
    for name in values:
        if name not in WRITABLE:
            shown = name[:_MAX_SHOWN]
            raise InvalidField(f"`{shown}` is not a field. Use {', '.join(WRITABLE)}.", field=shown)
    changes: dict[str, Any] = {name: _parse(each, values[name]) for name, each in WRITABLE.items() if name in values}
    return replace(before, **changes)


def tags_size(tags: tuple[str, ...]) -> int:
    """The bytes of tags that count against their bound."""
    return len(json.dumps(tags, ensure_ascii=False).encode())


def extra_size(extra: Mapping[str, str]) -> int:
    """The bytes of other fields that count against their bound."""
    return sum(len(json.dumps(each).encode()) for each in extra.items())


def _parse(field: Field, value: object) -> object:
    match field.kind:
        case FileName() as kind:
            return _file_name(field.name, kind, value)
        case Text() as kind:
            return _text(field.name, kind, value)
        case Tags() as kind:
            return _tags(field.name, kind, value)
        case CameraTime():
            return _time(field.name, value)
        case kind:
            raise TypeError(
                f"Bug: the field {field.name} is writable, but there is no parser for the type {type(kind).__name__}."
            )


def _text(name: str, kind: Text, value: object, *, what: str | None = None) -> str | None:
    if value is None:
        return None
    what = what or f"`{name}`"
    if not isinstance(value, str):
        raise InvalidField(f"{what} must be a single string.", field=name)
    bound = _bound(kind)
    if len(value) > _MAX_SENT * bound:  # before anything that copies the text
        detail = f"{what} has {len(value):,} characters. Send at most {bound:,} bytes."
        raise InvalidField(detail, field=name, limit=bound)
    text = composed(trimmed(value), bound)
    if (size := byte_length(text)) > bound:
        raise InvalidField(f"{what} has {size:,} bytes. Send at most {bound:,}.", field=name, limit=bound)
    if has_control_characters(text, multiline=kind.multiline):
        raise InvalidField(f"{what} contains control characters. Remove them.", field=name)
    return text or None


def _file_name(name: str, kind: FileName, value: object) -> str | None:
    """The last segment of a path, because some clients send folders too. A path that contains `..` is refused."""
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _MAX_PATH or has_control_characters(value):
        raise InvalidFilename
    segments = value.replace("\\", "/").split("/")
    if ".." in segments:
        raise InvalidFilename
    if (size := byte_length(segments[-1])) > (bound := _bound(kind)):
        raise InvalidFilename(f"`{name}` has {size:,} bytes. Send at most {bound:,}.")
    return segments[-1].strip() or None


def _tags(name: str, kind: Tags, value: object) -> tuple[str, ...]:
    """Tags from a list, or from one string with commas; each once, in the order given."""
    if value is None:
        return ()
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list):
        raise InvalidField(f"`{name}` must be a list of strings, or one string with commas.", field=name)
    if nested_length(given, most := _MAX_SENT * kind.max_bytes) > most:
        raise InvalidField(f"`{name}` is too long. Send at most {kind.max_bytes:,} bytes.", field=name)
    parts = [part for each in given for part in (each.split(",") if isinstance(each, str) else [each])]
    one = Text(kind.max_bytes_each)
    tags = tuple(dict.fromkeys(tag for each in parts if (tag := _text(name, one, each, what=f"A tag in `{name}`"))))
    if len(tags) > kind.max_items:
        raise InvalidField(f"`{name}` has {len(tags)} tags. Send at most {kind.max_items}.", field=name)
    if (size := tags_size(tags)) > kind.max_bytes:
        detail = f"`{name}` has {size:,} bytes as JSON. Send at most {kind.max_bytes:,}."
        raise InvalidField(detail, field=name)
    return tags


def _time(name: str, value: object) -> WallTime | None:
    """A time on the camera's clock, to the second."""
    if value is None or value == "":
        return None
    try:
        return parse(value if isinstance(value, str) and len(value) <= _MAX_TIME else "").to_the_second
    except ValueError as error:
        detail = f"`{name}` is invalid: {error}. Send a time such as 2024-05-01T12:30:00 or 2024-05-01T12:30:00+02:00."
        raise InvalidField(detail, field=name) from None


def _extra(values: Mapping[str, object]) -> dict[str, str]:
    """Fields that are not declared, as strings."""
    bound = _OTHERS.max_bytes
    if nested_length(values, bound) > bound:
        raise InvalidField(f"The other fields (`extra`) are too long. Send at most {bound:,} bytes.", field="extra")
    extra = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    if any(has_control_characters(text, multiline=True) for each in extra.items() for text in each):
        raise InvalidField("The other fields (`extra`) contain control characters. Remove them.", field="extra")
    if (size := extra_size(extra)) > bound:
        detail = f"The other fields (`extra`) have {size:,} bytes as JSON. Send at most {bound:,}."
        raise InvalidField(detail, field=next(iter(extra)))
    return extra


def _bound(kind: Text) -> int:
    if kind.max_bytes is None:
        raise TypeError("A field that requests can set needs a bound.")
    return kind.max_bytes
