"""What people say of an image, out of form fields and JSON: validated, bounded, and never cut in silence."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from functions.domain.errors import InvalidField, InvalidFilename
from functions.domain.limits import (
    MAX_ALBUM,
    MAX_ALL_TAGS,
    MAX_CAPTION,
    MAX_EXTRA_FIELDS,
    MAX_FILENAME,
    MAX_TAG,
    MAX_TAGS,
)
from functions.domain.model import Description
from functions.domain.texts import composed

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_KNOWN: Final = ("filename", "caption", "tags", "album", "taken_at")


def description(fields: Mapping[str, object]) -> Description:
    """The description that the fields of an upload make; fields that mean nothing to us are kept as `extra`.

    Raises:
        InvalidField: one is too long, or of the wrong kind.
        InvalidFilename: the file's name is none.
    """
    known = change({key: fields[key] for key in _KNOWN if key in fields}, Description())
    return replace(known, extra=_extra({key: value for key, value in fields.items() if key not in _KNOWN}))


def change(fields: Mapping[str, object], before: Description) -> Description:
    """`before` with the fields put in place (JSON merge patch, RFC 7396: null removes one).

    Raises:
        InvalidField: one is not known, too long, or of the wrong kind.
        InvalidFilename: the file's name is none.
    """
    unknown = next((key for key in fields if key not in _KNOWN), None)
    if unknown is not None:
        raise InvalidField(f"There is no field {unknown[:64]!r}; there are {', '.join(_KNOWN)}.", field=unknown[:64])
    after = before
    if "filename" in fields:
        after = replace(after, filename=_filename(fields["filename"]))
    if "caption" in fields:
        after = replace(after, caption=_text("caption", fields["caption"], MAX_CAPTION, _CONTROL_IN_TEXT))
    if "tags" in fields:
        after = replace(after, tags=_tags(fields["tags"]))
    if "album" in fields:
        after = replace(after, album=_text("album", fields["album"], MAX_ALBUM, _CONTROL))
    if "taken_at" in fields:
        after = replace(after, taken_at=_time("taken_at", fields["taken_at"]))
    return after


def _text(name: str, value: object, limit: int, forbidden: re.Pattern[str]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidField(f"`{name}` must be a text, given once.", field=name)
    text = composed(value.strip())
    if forbidden.search(text):
        raise InvalidField(f"`{name}` must not hold control characters.", field=name)
    size = len(text.encode())
    if size > limit:
        raise InvalidField(
            f"`{name}` may have at most {limit:,} bytes; this one has {size:,}.", field=name, limit=limit
        )
    return text or None


def _filename(value: object) -> str | None:
    """A plain name. The folders that a browser or a tool puts before it are dropped; a way out of one is refused."""
    if value is None:
        return None
    if not isinstance(value, str) or _CONTROL.search(value):
        raise InvalidFilename
    segments = value.replace("\\", "/").split("/")
    if ".." in segments or len(segments[-1].encode()) > MAX_FILENAME:
        raise InvalidFilename
    return segments[-1].strip() or None


def _tags(value: object) -> tuple[str, ...]:
    """Tags from a list, or from one text with commas between them; each once, in the order given."""
    if value is None:
        return ()
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list):
        raise InvalidField("`tags` must be a list of texts, or one text with commas.", field="tags")
    parts = [part for each in given for part in (each.split(",") if isinstance(each, str) else [each])]
    tags = dict.fromkeys(tag for each in parts if (tag := _text("tags", each, MAX_TAG, _CONTROL)))
    if len(tags) > MAX_TAGS:
        raise InvalidField(f"An image may have at most {MAX_TAGS} tags; these are {len(tags)}.", field="tags")
    if len(json.dumps(list(tags), ensure_ascii=False).encode()) > MAX_ALL_TAGS:
        raise InvalidField("The tags hold too many quotation marks or backslashes.", field="tags")
    return tuple(tags)


def _time(name: str, value: object) -> datetime | None:
    """An RFC 3339 time; UTC where it names no offset."""
    if value is None or value == "":
        return None
    try:
        time = datetime.fromisoformat(str(value))
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidField(f"`{name}` must be a time such as 2024-05-01T12:30:00Z.", field=name) from None


def _extra(fields: Mapping[str, object]) -> dict[str, str]:
    """Fields without a meaning here, as texts."""
    extra = {key: value if isinstance(value, str) else json.dumps(value) for key, value in fields.items()}
    if any(_CONTROL_IN_TEXT.search(text) for each in extra.items() for text in each):
        raise InvalidField("Further fields, and their names, must not hold control characters.", field="extra")
    size = sum(len(json.dumps([key, value]).encode()) for key, value in extra.items())
    if size > MAX_EXTRA_FIELDS:
        raise InvalidField(
            f"Further fields may have at most {MAX_EXTRA_FIELDS:,} bytes together.", field=next(iter(extra))
        )
    return extra
