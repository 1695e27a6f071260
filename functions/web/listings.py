"""Pages of images: the parameters of the request, and the response with the token of the next page."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from urllib.parse import urlencode
from zlib import crc32

from flask import Request, Response

from functions.domain.errors import InvalidField, InvalidPageToken, MalformedId
from functions.domain.formats import FORMATS
from functions.domain.ids import parse_id
from functions.domain.ports import Cursor, Filter, Order
from functions.domain.wall_time import parse
from functions.services.browse import Listing, Page
from functions.web.image_json import Urls, image_object
from functions.web.queries import number, value
from functions.web.query import Query
from functions.web.responses import REVALIDATE, json_response

MAX_PAGE = 100
_MAX_TOKEN = 200
_ORDERS = (Order.NEWEST, Order.OLDEST, Order.TAKEN, Order.TAKEN_DESCENDING)
_BY_UPLOAD = (Order.NEWEST, Order.OLDEST)


def parse_listing(query: Query) -> Listing:
    """Parse the query string of `/list`.

    Raises:
        InvalidField, InvalidPageToken: a parameter is invalid.
    """
    where = Filter(value(query, "tag"), value(query, "album"), value(query, "uploader"), _format(query))
    order = query.get("order")
    if order is None:
        order = Order.NEWEST
    if order not in _ORDERS:
        raise InvalidField(f"`order` must be one of {', '.join(_ORDERS)}.", field="order")
    token = query.get("page_token")
    after = _read_token(token, where, Order(order)) if token else None
    return Listing(where, Order(order), number(query, "limit", 20, MAX_PAGE), after)


def page_token(listing: Listing, cursor: Cursor) -> str:
    """The opaque token of the page that begins at `cursor`. It is valid only for the same filter and order."""
    uploaded_at = cursor.uploaded_at.isoformat() if cursor.uploaded_at else None
    time = uploaded_at if listing.order in _BY_UPLOAD else cursor.wall_clock
    return urlsafe_b64encode(json.dumps([cursor.id, time, _checksum(listing.where, listing.order)]).encode()).decode()


def page_response(page: Page, listing: Listing, request: Request, urls: Urls) -> Response:
    """A page of images. `next_page_token` and the header `Link: rel="next"` give the next page."""
    token = page_token(listing, page.next) if page.next else None
    images = [image_object(each, urls) for each in page.images]
    response = json_response({"images": images, "next_page_token": token}, cache=REVALIDATE)
    if token:
        query = urlencode({**request.args.to_dict(), "page_token": token})
        response.headers["Link"] = f'<{urls.base}/list?{query}>; rel="next"'
    return response


def _format(query: Query) -> str | None:
    name = query.get("format")
    if name and name not in FORMATS:
        raise InvalidField(f"`format` must be one of {', '.join(FORMATS)}.", field="format")
    return name or None


def _checksum(where: Filter, order: Order) -> int:
    """Identifies the query, so that a token is not used for another one."""
    return crc32(repr((where, order)).encode("utf-8", "replace"))


def _read_token(token: str, where: Filter, order: Order) -> Cursor:
    try:
        if len(token) > _MAX_TOKEN:
            raise ValueError("the token is too long")
        id_, time, checksum = json.loads(urlsafe_b64decode(token.encode("ascii")))
        if checksum != _checksum(where, order):
            raise ValueError("the token belongs to another query")
        if order in _BY_UPLOAD:
            return Cursor(parse_id(id_), uploaded_at=_upload_time(time))
        return Cursor(parse_id(id_), wall_clock=_wall_clock(time))
    except (ValueError, TypeError, OverflowError, MalformedId):
        raise InvalidPageToken from None


def _upload_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("the time has no offset")
    return time.astimezone(UTC)


def _wall_clock(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError("the time is not a text")
    return parse(text).sort_key if text else ""
