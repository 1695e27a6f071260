"""Query strings, parsed and bounded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from functions.domain.errors import InvalidField
from functions.domain.fields import composed
from functions.domain.ports import Filter
from functions.services.draw import BAG

_MAX_VALUE = 255
_DEFAULT_WIDTH = 320
_MAX_WIDTH = 100_000


@dataclass(frozen=True, slots=True)
class DrawQuery:
    """What `/random` is asked for. `several` when the answer is a list; `width` when it is a redirect."""

    where: Filter
    count: int
    several: bool
    width: int | None

    @classmethod
    def parse(cls, args: Mapping[str, str]) -> Self:
        """Read it.

        Raises:
            InvalidField: it makes no sense.
        """
        where = Filter(label(args, "tag"), label(args, "album"))
        width = number(args, "redirect", 1, _MAX_WIDTH) if "redirect" in args else None
        if width and "count" in args:
            raise InvalidField("`redirect` leads to one image; leave `count` out.", field="count")
        return cls(where, number(args, "count", 1, BAG), "count" in args, width)


def parse_width(args: Mapping[str, str]) -> int:
    """The width (pixels) that a thumbnail should have at least.

    Raises:
        InvalidField: it is no positive number.
    """
    return number(args, "width", _DEFAULT_WIDTH, _MAX_WIDTH)


def number(args: Mapping[str, str], name: str, default: int, most: int) -> int:
    """The number from 1 to `most` that a parameter holds.

    Raises:
        InvalidField: it holds none.
    """
    text = args.get(name)
    if text is None:
        return default
    parsed = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else 0
    if not 1 <= parsed <= most:
        raise InvalidField(f"`{name}` must be a number from 1 to {most:,}.", field=name)
    return parsed


def value(args: Mapping[str, str], name: str) -> str | None:
    """The text that a parameter holds; None for none, or an empty one.

    Raises:
        InvalidField: it is longer than anything that could be found by it.
    """
    text = args.get(name)
    if text and len(text.encode("utf-8", "replace")) > _MAX_VALUE:
        raise InvalidField(f"`{name}` may have at most {_MAX_VALUE} bytes.", field=name)
    return text or None


def label(args: Mapping[str, str], name: str) -> str | None:
    """The tag or album that a parameter holds, in the form that they are kept in; None for none, or an empty one.

    Raises:
        InvalidField: it is longer than anything that could be found by it.
    """
    text = value(args, name)
    return text and composed(text)
