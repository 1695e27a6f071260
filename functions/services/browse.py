"""List images, page by page."""

from typing import NamedTuple

from functions.domain.model import Image
from functions.domain.ports import Catalog, Cursor, Filter, Order


class Listing(NamedTuple):
    """The parameters of a page: `limit` images that match `where`, from the place `after`, in that order."""

    where: Filter = Filter()
    order: Order = Order.NEWEST
    limit: int = 20
    after: Cursor | None = None


class Page(NamedTuple):
    """The images of one page. `next` is the place where the next page begins, None on the last page."""

    images: tuple[Image, ...]
    next: Cursor | None


def browse(listing: Listing, catalog: Catalog) -> Page:
    """Read one page, and one entry more, which shows whether another page follows."""
    found = catalog.page(listing.where, listing.order, after=listing.after, limit=listing.limit + 1)
    images = tuple(found[: listing.limit])
    last = images[-1] if len(found) > listing.limit else None
    return Page(images, Cursor.after(last) if last else None)
