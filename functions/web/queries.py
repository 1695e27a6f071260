"""Query strings, parsed and bounded."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zlib import crc32

from functions.domain.errors import InvalidField, InvalidPageToken, MalformedId
from functions.domain.formats import FORMATS
from functions.domain.ids import parse_id
from functions.domain.ports import Cursor, Filter, Order
from functions.services.browse import Listing
from functions.services.draw import BAG

MAX_PAGE = 100
_MAX_VALUE = 255
_MAX_TOKEN = 200
_ORDERS = (Order.NEWEST, Order.OLDEST)
_DEFAULT_WIDTH = 320
_MAX_WIDTH = 100_000


def parse_listing(args: Mapping[str, str]) -> Listing:
    """What `/list` is asked for.

    Raises:
        InvalidField, InvalidPageToken: it makes no sense.
    """
    where = Filter(_value(args, "tag"), _value(args, "album"), _value(args, "uploader"), _format(args))
    order = args.get("order", Order.NEWEST)
    if order not in _ORDERS:
        raise InvalidField(f"`order` must be {' or '.join(_ORDERS)}.", field="order")
    token = args.get("page_token")
    after = _read_token(token, where, Order(order)) if token else None
    return Listing(where, Order(order), _number(args, "limit", 20, MAX_PAGE), after)


def page_token(listing: Listing, cursor: Cursor) -> str:
    """The opaque token of the page that begins at `cursor`; it is good for the same filter and order only."""
    time = cursor.uploaded_at.isoformat() if cursor.uploaded_at else None
    return urlsafe_b64encode(json.dumps([cursor.id, time, _mark(listing.where, listing.order)]).encode()).decode()


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
        where = Filter(_value(args, "tag"), _value(args, "album"))
        width = _number(args, "redirect", 1, _MAX_WIDTH) if "redirect" in args else None
        if width and "count" in args:
            raise InvalidField("`redirect` leads to one image; leave `count` out.", field="count")
        return cls(where, _number(args, "count", 1, BAG), "count" in args, width)


def parse_width(args: Mapping[str, str]) -> int:
    """The width (pixels) that a thumbnail should have at least.

    Raises:
        InvalidField: it is no positive number.
    """
    return _number(args, "width", _DEFAULT_WIDTH, _MAX_WIDTH)


def _number(args: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = args.get(name)
    if text is None:
        return default
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else 0
    if not 1 <= number <= most:
        raise InvalidField(f"`{name}` must be a number from 1 to {most:,}.", field=name)
    return number


def _value(args: Mapping[str, str], name: str) -> str | None:
    value = args.get(name)
    if value and len(value.encode("utf-8", "replace")) > _MAX_VALUE:
        raise InvalidField(f"`{name}` may have at most {_MAX_VALUE} bytes.", field=name)
    return value or None


def _format(args: Mapping[str, str]) -> str | None:
    name = args.get("format")
    if name and name not in FORMATS:
        raise InvalidField(f"`format` must be one of {', '.join(FORMATS)}.", field="format")
    return name or None


def _mark(where: Filter, order: Order) -> int:
    return crc32(repr((where, order)).encode("utf-8", "replace"))


def _read_token(token: str, where: Filter, order: Order) -> Cursor:
    try:
        if len(token) > _MAX_TOKEN:
            raise ValueError("too long to be ours")
        id_, time, mark = json.loads(urlsafe_b64decode(token.encode("ascii")))
        if mark != _mark(where, order):
            raise ValueError("the token of another query")
        uploaded_at = datetime.fromisoformat(time)
        if uploaded_at.tzinfo is None:
            raise ValueError("a time without offset")
        return Cursor(parse_id(id_), uploaded_at)
    except (ValueError, TypeError, MalformedId):
        raise InvalidPageToken from None
