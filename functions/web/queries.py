"""Parse the parameters in query strings, and check their bounds."""

from dataclasses import dataclass
from typing import Self

from functions.domain.errors import InvalidField
from functions.domain.ports import Filter
from functions.domain.text import byte_length, composed
from functions.services.draw import BAG
from functions.web.query import Query

_MAX_VALUE = 255
_DEFAULT_WIDTH = 320
_MAX_WIDTH = 100_000


@dataclass(frozen=True, slots=True)
class DrawQuery:
    """The parameters of `/random`. With `several`, the response is a list; with a `width`, it is a redirect."""

    where: Filter
    count: int
    several: bool
    width: int | None

    @classmethod
    def parse(cls, query: Query) -> Self:
        """Parse a query string.

        Raises:
            InvalidField: a parameter is invalid.
        """
        where = Filter(value(query, "tag"), value(query, "album"))
        several = query.get("count") is not None
        width = number(query, "redirect", 1, _MAX_WIDTH) if query.get("redirect") is not None else None
        if width and several:
            raise InvalidField("`redirect` leads to one image. Remove `count`.", field="count")
        return cls(where, number(query, "count", 1, BAG), several, width)


def parse_width(query: Query) -> int:
    """The minimum width of a thumbnail, in pixels.

    Raises:
        InvalidField: the parameter is not a positive number.
    """
    return number(query, "width", _DEFAULT_WIDTH, _MAX_WIDTH)


def parse_purge(query: Query) -> bool:
    """Whether a deletion is to be for good.

    Raises:
        InvalidField: the parameter is neither 0 nor 1.
    """
    text = query.get("purge")
    if text not in (None, "0", "1"):
        raise InvalidField("`purge` must be 0 or 1.", field="purge")
    return text == "1"


def number(query: Query, name: str, default: int, most: int) -> int:
    """The value of a parameter, a number from 1 to `most`; `default` if the parameter is missing.

    Raises:
        InvalidField: the value is not such a number.
    """
    text = query.get(name)
    if text is None:
        return default
    parsed = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else 0
    if not 1 <= parsed <= most:
        raise InvalidField(f"`{name}` must be a number from 1 to {most:,}.", field=name)
    return parsed


def value(query: Query, name: str) -> str | None:
    """The value of a parameter in its stored form; None if the parameter is missing or empty.

    Raises:
        InvalidField: the value is too long to match anything.
    """
    text = composed(query.get(name) or "", _MAX_VALUE)
    if (size := byte_length(text)) > _MAX_VALUE:
        raise InvalidField(f"`{name}` has {size:,} bytes. Send at most {_MAX_VALUE}.", field=name)
    return text or None
