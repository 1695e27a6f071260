"""The size of the repository, and the counts of views and calls."""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.domain.model import Image
from functions.domain.ports import Catalog, Counters, Tally, Total


@dataclass(frozen=True, slots=True)
class Stats:
    """Images and bytes of each format, all views, calls of each function, and the most viewed images."""

    formats: Mapping[str, Total]
    views: int
    calls: Mapping[str, int]
    top: tuple[tuple[Image, int], ...]


_MAX_FUNCTIONS = 100


def take_stats(catalog: Catalog, counters: Counters, *, limit: int) -> Stats:
    """The present numbers, with the `limit` most viewed images."""
    top = _top(catalog, counters, limit)  # first: it removes counts that the sum of views must not contain
    return Stats(
        formats={name: total for name, total in sorted(catalog.totals().items()) if total.images},
        views=counters.total(Tally.VIEWS),
        calls=dict(sorted(counters.top(Tally.CALLS, _MAX_FUNCTIONS))),
        top=tuple(top),
    )


def _top(catalog: Catalog, counters: Counters, limit: int) -> list[tuple[Image, int]]:
    """The most viewed images. Removes the views of deleted images: an instance can write some after the deletion."""
    while True:
        viewed = [(catalog.get(image_id), image_id, views) for image_id, views in counters.top(Tally.VIEWS, limit)]
        gone = [image_id for image, image_id, _ in viewed if image is None]
        if not gone:
            return [(image, views) for image, _, views in viewed if image is not None]
        counters.forget(Tally.VIEWS, gone)
