"""Parse the parameters in query strings, and check their bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from functions.domain.errors import InvalidField
from functions.domain.ports import Filter
from functions.domain.text import byte_length, composed
from functions.services.draw import BAG

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
    def parse(cls, args: Mapping[str, str]) -> Self:
        """Parse a query string.

        Raises:
            InvalidField: a parameter is invalid.
        """
        where = Filter(value(args, "tag"), value(args, "album"))
        width = number(args, "redirect", 1, _MAX_WIDTH) if "redirect" in args else None
        if width and "count" in args:
            raise InvalidField("`redirect` leads to one image. Remove `count`.", field="count")
        return cls(where, number(args, "count", 1, BAG), "count" in args, width)


def parse_width(args: Mapping[str, str]) -> int:
    """The minimum width of a thumbnail, in pixels.

    Raises:
        InvalidField: the parameter is not a positive number.
    """
    return number(args, "width", _DEFAULT_WIDTH, _MAX_WIDTH)


def parse_purge(args: Mapping[str, str]) -> bool:
    """Whether a deletion is to be for good.

    Raises:
        InvalidField: the parameter is neither 0 nor 1.
    """
    text = args.get("purge", "0")
    if text not in ("0", "1"):
        raise InvalidField("`purge` must be 0 or 1.", field="purge")
    return text == "1"


def number(args: Mapping[str, str], name: str, default: int, most: int) -> int:
    """The value of a parameter, a number from 1 to `most`; `default` if the parameter is missing.

    Raises:
        InvalidField: the value is not such a number.
    """
    text = args.get(name)
    if text is None:
        return default
    parsed = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else 0
    if not 1 <= parsed <= most:
        raise InvalidField(f"`{name}` must be a number from 1 to {most:,}.", field=name)
    return parsed


def value(args: Mapping[str, str], name: str) -> str | None:
    """The value of a parameter in its stored form; None if the parameter is missing or empty.

    Raises:
        InvalidField: the value is too long to match anything.
    """
    text = composed(args.get(name, ""), _MAX_VALUE)
    if (size := byte_length(text)) > _MAX_VALUE:
        raise InvalidField(f"`{name}` has {size:,} bytes. Send at most {_MAX_VALUE}.", field=name)
    return text or None
