"""Lists of images, which are read page by page."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from image_repo.limits import MAX_PAGE
from image_repo.models import Image, Page


@dataclass(frozen=True, slots=True)
class Listing(Iterable[Image]):
    """The images of a list. Each iteration reads the pages again, one when it is needed.

    Attributes:
        read: the page for the parameters of a request.
        limit: the most images; None for all.
        filters: parameters of every request.
    """

    read: Callable[[Mapping[str, str | int]], Page]
    limit: int | None
    filters: Mapping[str, str]

    def __iter__(self) -> Iterator[Image]:
        for page in self.pages():
            yield from page.images

    def pages(self) -> Iterator[Page]:
        """The pages. No more images are requested than the limit, because the service pays for each that it reads."""
        left = sys.maxsize if self.limit is None else self.limit
        token: str | None = self.filters.get("page_token", "")
        while token is not None and left > 0:
            page = self.read({"limit": min(left, MAX_PAGE), **self.filters, **({"page_token": token} if token else {})})
            yield page
            left -= len(page.images)
            token = page.next_page_token
