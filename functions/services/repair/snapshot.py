"""One image, in all the places where it is kept."""

from dataclasses import dataclass, field
from typing import NamedTuple

from functions.domain.ids import object_name_prefix, parse_object_name, parse_rendition_name, rendition_prefix
from functions.domain.model import Image
from functions.domain.ports import Bucket, Catalog, Counters, Filter, Object, Order
from functions.domain.renditions import source_generation


class Stores(NamedTuple):
    """Where images are kept, part by part; `counters` with their views."""

    catalog: Catalog
    originals: Bucket
    renditions: Bucket
    counters: Counters


@dataclass(slots=True)
class Snapshot:
    """What was seen of one image. Its parts were looked at one after the other: live traffic may have come between.

    Attributes:
        originals: one, unless something is wrong; two are twins, of the same pixels in two formats.
        renditions: of every recipe.
    """

    id: str
    entry: Image | None = None
    originals: list[Object] = field(default_factory=list)
    renditions: list[Object] = field(default_factory=list)

    @property
    def ranked(self) -> list[Object]:
        """The originals, first the one that the image is: the entry's, else the renditions', else the oldest."""
        rendered = {source_generation(each) for each in self.renditions}
        return sorted(
            self.originals,
            key=lambda each: (not self.is_entered(each), each.generation not in rendered, each.generation),
        )

    def is_entered(self, original: Object) -> bool:
        """Whether the entry was made from that very object."""
        entry = self.entry
        return entry is not None and (entry.object_name, entry.generation) == (original.name, original.generation)


def look(image_id: str, stores: Stores) -> Snapshot:
    """What there is of one image now.

    An upload makes the object first and a deletion removes it first. So the entry is looked at before the object, which
    then is no older than what the entry was made from.
    """
    sighting = Snapshot(image_id, stores.catalog.get(image_id))
    renditions = stores.renditions.list(rendition_prefix(image_id))
    sighting.renditions = [each for each in renditions if parse_rendition_name(each.name)]
    originals = stores.originals.list(object_name_prefix(image_id))
    sighting.originals = [each for each in originals if parse_object_name(each.name)]
    return sighting


def seems_lost(stores: Stores) -> bool:
    """Whether there is no original at all, and yet something of images: rather lost than deleted one by one.

    Raises:
        Unavailable: a backend did not answer.
    """
    if stores.originals.list(limit=1):
        return False
    return bool(stores.renditions.list(limit=1) or stores.catalog.page(Filter(), Order.ID, after=None, limit=1))


def probe(stores: Stores) -> None:
    """Ask each backend for next to nothing.

    Raises:
        Unavailable: one of them did not answer.
    """
    stores.catalog.page(Filter(), Order.ID, after=None, limit=1)
    stores.originals.list(limit=1)
    stores.renditions.list(limit=1)
