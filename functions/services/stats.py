"""How much there is, and how much it is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.domain.model import Image
from functions.domain.ports import Catalog, Counters, Tally, Total


@dataclass(frozen=True, slots=True)
class Stats:
    """Images and bytes of each format, views in all, calls of each function, and the most viewed images."""

    formats: Mapping[str, Total]
    views: int
    calls: Mapping[str, int]
    top: tuple[tuple[Image, int], ...]


_MOST_FUNCTIONS = 100


def take_stats(catalog: Catalog, counters: Counters, *, limit: int) -> Stats:
    """The present numbers, with the `limit` most viewed images."""
    top = _top(catalog, counters, limit)  # first, since it takes out what the sum should not have
    return Stats(
        formats={name: total for name, total in sorted(catalog.totals().items()) if total.images},
        views=counters.total(Tally.VIEWS),
        calls=dict(sorted(counters.top(Tally.CALLS, _MOST_FUNCTIONS))),
        top=tuple(top),
    )


def _top(catalog: Catalog, counters: Counters, limit: int) -> list[tuple[Image, int]]:
    """The most viewed images. The views of those that are gone go too: an instance may have written some after them."""
    while True:
        viewed = [(catalog.get(image_id), image_id, views) for image_id, views in counters.top(Tally.VIEWS, limit)]
        gone = [image_id for image, image_id, _ in viewed if image is None]
        if not gone:
            return [(image, views) for image, _, views in viewed if image is not None]
        counters.forget(Tally.VIEWS, gone)
