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
    """The present numbers; the `limit` most viewed images, without those that are gone."""
    viewed = counters.top(Tally.VIEWS, limit)
    top = ((catalog.get(image_id), views) for image_id, views in viewed)
    return Stats(
        formats={name: total for name, total in sorted(catalog.totals().items()) if total.images},
        views=counters.total(Tally.VIEWS),
        calls=dict(sorted(counters.top(Tally.CALLS, _MOST_FUNCTIONS))),
        top=tuple((image, views) for image, views in top if image is not None),
    )
