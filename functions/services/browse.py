"""List images, page by page."""

from typing import NamedTuple

from functions.domain.model import Image
from functions.domain.ports import Catalog, Cursor, Filter, Order


class Listing(NamedTuple):
    """What a page is asked for: `limit` images that fit, from behind `after`."""

    where: Filter = Filter()
    order: Order = Order.NEWEST
    limit: int = 20
    after: Cursor | None = None


class Page(NamedTuple):
    """The images of one page; `next` is where the next one begins, None after the last."""

    images: tuple[Image, ...]
    next: Cursor | None


def browse(listing: Listing, catalog: Catalog) -> Page:
    """One page. It reads one entry more than it shows, to know whether another page follows."""
    found = catalog.page(listing.where, listing.order, after=listing.after, limit=listing.limit + 1)
    images = tuple(found[: listing.limit])
    last = images[-1] if len(found) > listing.limit else None
    return Page(images, Cursor(last.id, last.uploaded_at) if last else None)
