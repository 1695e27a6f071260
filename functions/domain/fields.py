"""The declaration of a field: its kind, its bounds, who can see it, and how its values are written.

`model.ENTRY` declares each field of an entry once. The declarations determine the parser of requests
(`description_parser`), the custom metadata of objects (`metadata`), the documents of the catalog and of tickets
(`adapters.catalog_document`, `adapters.ticket_document`) and the API's responses (`web.image_json`).
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final

from functions.domain.formats import FORMATS, Format
from functions.domain.wall_time import WallTime, parse

TIME_BYTES: Final = 32
"""Length of a time in metadata: with microseconds and an offset."""


class Kind:
    """The kind of a field's values, and their form in each place. The base class does not convert values.

    Attributes:
        max_bytes: bound of a value as UTF-8 in custom metadata; None if the service makes the value.
    """

    max_bytes: int | None = None

    def to_document(self, value: Any) -> Any:
        """The value for a stored document: plain JSON, or a datetime."""
        return value

    def from_document(self, value: Any) -> Any:
        """The value that `to_document` wrote.

        Raises:
            KeyError, TypeError, ValueError: something else wrote it.
        """
        return value

    def to_metadata(self, value: Any) -> str | None:
        """The value for the custom metadata of an object; None leaves it out."""
        text: str | None = value
        return text

    def from_metadata(self, text: str) -> Any:
        """The value that `to_metadata` wrote.

        Raises:
            ValueError: something else wrote it.
        """
        return text

    def to_json(self, value: Any) -> Any:
        """The value for a response of the API to the holder of a key."""
        return value

    def without_private(self, shown: Any) -> Any:
        """The result of `to_json`, for a caller without a key."""
        return shown


class Text(Kind):
    """A string of at most `max_bytes` bytes, without control characters. Only a `multiline` one can have line ends."""

    def __init__(self, max_bytes: int | None = None, *, multiline: bool = False) -> None:
        self.max_bytes, self.multiline = max_bytes, multiline


class Fingerprint(Text):
    """The fingerprint of a picture; "" in documents of releases that computed it by other rules."""

    def from_document(self, value: str | None) -> str:
        return value or ""


class FileName(Text):
    """The last segment of a path."""


class Url(Kind):
    """A URL. The API makes it, because it depends on the host of the request."""


class Number(Kind):
    """An integer."""


class Flag(Kind):
    """True or false."""


class Time(Kind):
    """A time; aware, UTC. A store that has no times keeps it as ISO 8601 text."""

    max_bytes = TIME_BYTES

    def to_document(self, value: datetime | None) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def from_document(self, value: datetime | str | None) -> datetime | None:
        return value if value is None or isinstance(value, datetime) else datetime.fromisoformat(value)

    def to_metadata(self, value: datetime | None) -> str | None:
        return None if value is None else value.isoformat()

    def from_metadata(self, text: str) -> datetime | None:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None

    def to_json(self, value: datetime | None) -> str | None:
        return rfc3339(value)


class CameraTime(Kind):
    """A `WallTime`, kept as text with its microseconds; the API's form has none."""

    max_bytes = TIME_BYTES

    def to_document(self, value: WallTime | None) -> str | None:
        return None if value is None else value.exact

    to_metadata = to_document

    def from_document(self, value: str | datetime | None) -> WallTime | None:
        if value is None:
            return None
        # Documents of form 1 in Firestore have datetimes. `parse` would take 40 times as long for each entry of a list.
        return WallTime.of(value if isinstance(value, datetime) else datetime.fromisoformat(value))

    def from_metadata(self, text: str) -> WallTime | None:
        return parse(text) if text else None

    def to_json(self, value: WallTime | None) -> str | None:
        return None if value is None else str(value)


class Tags(Kind):
    """Up to `max_items` different strings, each with up to `max_bytes_each`; all with up to `max_bytes` as JSON."""

    max_bytes: int

    def __init__(self, max_items: int, *, max_bytes_each: int, max_bytes: int) -> None:
        self.max_items, self.max_bytes_each, self.max_bytes = max_items, max_bytes_each, max_bytes

    def to_document(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    to_json = to_document

    def from_document(self, value: list[str]) -> tuple[str, ...]:
        return tuple(value)

    def to_metadata(self, value: tuple[str, ...]) -> str | None:
        return compact(value) if value else None

    def from_metadata(self, text: str) -> tuple[str, ...]:
        tags = json.loads(text)
        if not isinstance(tags, list) or not all(isinstance(each, str) for each in tags):
            raise ValueError("the value must be a JSON array of strings")
        return tuple(tags)


class Texts(Kind):
    """Strings with names that the uploader chose; all with up to `max_bytes` as JSON."""

    max_bytes: int

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes

    def to_document(self, value: Mapping[str, str]) -> dict[str, str]:
        return dict(value)

    to_json = to_document

    def to_metadata(self, value: Mapping[str, str]) -> str | None:
        return compact(value) if value else None

    def from_metadata(self, text: str) -> dict[str, str]:
        texts = json.loads(text)
        if not isinstance(texts, dict) or not all(isinstance(each, str) for each in texts.values()):
            raise ValueError("the value must be a JSON object of strings")
        return texts


class FormatName(Kind):
    """A `Format`, written as its name."""

    def to_document(self, value: Format) -> str:
        return value.name

    to_json = to_document

    def from_document(self, value: str) -> Format:
        return FORMATS[value]


class JsonObject(Kind):
    """A JSON object. Only the holder of a key sees the members named `private`."""

    def __init__(self, private: tuple[str, ...] = ()) -> None:
        self.private = private

    def to_document(self, value: Mapping[str, object]) -> dict[str, object]:
        return dict(value)

    to_json = to_document

    def without_private(self, shown: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in shown.items() if name not in self.private}


class Shown(StrEnum):
    """The responses of the API that contain a field."""

    ALWAYS = "always"
    """All responses with an image, and the response of `/inspect`."""
    IN_DETAILS = "in details"
    """The details of an image, and the response of `/inspect`."""
    BY_INSPECT = "by inspect"
    """Only the response of `/inspect`."""
    NEVER = "never"


class Field:
    """The declaration of one field.

    Attributes:
        name: the name in the model, in requests, in custom metadata and in the API's responses.
        part: the attribute of `Image` that has the field, "facts" or "description"; "" for a field of `Image` itself.
        of: reads the value from an `Image`.
        kind: the kind of its values.
        about: what it means, in a sentence for the API's documentation.
        example: a value, in the form of the API.
        shown: the responses that contain it.
        nullable: whether None is a value. Then documents that are older than the field can still be read.
        optional: whether responses omit it if it is empty.
        stored: its name in the catalog's document; None if the document does not contain it.
        computed: whether it is a property. Then the document has it only for other readers.
        writable: whether requests can set it. This is true for the description, except for `read_only` fields.
    """

    def __init__(
        self,
        path: str,
        kind: Kind,
        about: str,
        example: object,
        *,
        shown: Shown = Shown.ALWAYS,
        nullable: bool = False,
        optional: bool = False,
        stored: bool = True,
        stored_as: str | None = None,
        computed: bool = False,
        read_only: bool = False,
    ) -> None:
        self.part, _, self.name = path.rpartition(".")
        self.of = attrgetter(path)
        self.kind, self.about, self.example, self.shown = kind, about, example, shown
        self.nullable, self.optional, self.computed = nullable, optional, computed
        self.writable = self.part == "description" and not read_only
        self.stored = (stored_as or self.name) if stored else None

    def from_document(self, document: Mapping[str, Any], name: str) -> Any:
        """The field's value in a stored document, in which its name is `name`.

        Raises:
            KeyError, TypeError, ValueError: the value is missing, or something else wrote it.
        """
        return self.kind.from_document(document.get(name) if self.nullable else document[name])


def compact(value: object) -> str:
    """JSON in as few bytes as possible."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def rfc3339(time: datetime | None) -> str | None:
    """The time in UTC, with a Z.

    >>> rfc3339(datetime(2024, 5, 1, 12, 30, tzinfo=UTC))
    '2024-05-01T12:30:00Z'
    """
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else None
