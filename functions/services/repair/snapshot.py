"""A snapshot of one image: its entry, its originals and its renditions."""

from dataclasses import dataclass, field
from typing import NamedTuple

from functions.domain.ids import object_name_prefix, parse_object_name, parse_rendition_name, rendition_prefix
from functions.domain.model import Image
from functions.domain.ports import Bucket, Catalog, Counters, Filter, Object, Order
from functions.domain.renditions import source_generation


class Stores(NamedTuple):
    """The stores of the parts of an image; `counters` has its views."""

    catalog: Catalog
    originals: Bucket
    renditions: Bucket
    counters: Counters


@dataclass(slots=True)
class Snapshot:
    """The parts of one image. They were read one after the other, so requests may have changed some in between.

    Attributes:
        originals: one object, unless something is wrong. Two are twins: the same pixels in two formats.
        renditions: those of every recipe.
    """

    id: str
    entry: Image | None = None
    originals: list[Object] = field(default_factory=list)
    renditions: list[Object] = field(default_factory=list)

    @property
    def ranked(self) -> list[Object]:
        """The originals. First comes the one that has the entry, else one that has renditions, else the oldest one."""
        rendered = {source_generation(each) for each in self.renditions}
        return sorted(
            self.originals,
            key=lambda each: (not self.has_entry(each), each.generation not in rendered, each.generation),
        )

    def has_entry(self, original: Object) -> bool:
        """Whether the entry was made from exactly this object."""
        entry = self.entry
        return entry is not None and (entry.object_name, entry.generation) == (original.name, original.generation)


def take_snapshot(image_id: str, stores: Stores) -> Snapshot:
    """The parts of one image that exist now.

    An upload creates the object first, and a deletion deletes it first. So the entry is read before the object: then
    the object is not older than the one from which the entry was made.
    """
    snapshot = Snapshot(image_id, stores.catalog.get(image_id))
    renditions = stores.renditions.list(rendition_prefix(image_id))
    snapshot.renditions = [each for each in renditions if parse_rendition_name(each.name)]
    originals = stores.originals.list(object_name_prefix(image_id))
    snapshot.originals = [each for each in originals if parse_object_name(each.name)]
    return snapshot


def seems_lost(stores: Stores) -> bool:
    """Whether there are renditions or entries, but not one original. Then the originals were probably lost.

    Raises:
        Unavailable: a backend did not answer.
    """
    if stores.originals.list(limit=1):
        return False
    return bool(stores.renditions.list(limit=1) or stores.catalog.page(Filter(), Order.ID, after=None, limit=1))


def probe(stores: Stores) -> None:
    """Send a small request to each backend.

    Raises:
        Unavailable: a backend did not answer.
    """
    stores.catalog.page(Filter(), Order.ID, after=None, limit=1)
    stores.originals.list(limit=1)
    stores.renditions.list(limit=1)
