"""Choose images at random, each with the same probability, with about one read of the catalog for each.

Ids are uniformly distributed. So 32 neighbours in the order of ids are as random as 32 images drawn one by one, and one
query reads them. An instance keeps 32 such entries for each filter: a bag. It shuffles the bag and gives each entry
once. Then it fills the bag from the place where the last one ended; after the greatest id, it continues with the
smallest. So each image is drawn equally often in the long run, and a collection that fits into one bag is sampled
exactly.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import Lock

from functions.domain.ids import ID_LENGTH
from functions.domain.model import Image
from functions.domain.ports import Catalog, Cursor, Filter, Order

BAG = 32
"""Entries in a bag. One draw returns at most as many images."""
LIFETIME = timedelta(minutes=5)
_MAX_BAGS = 64
"""Bags that an instance keeps. Requests choose the filters, so the number must have a bound."""
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(slots=True)
class _Bag:
    lock: Lock = field(default_factory=Lock)
    images: list[Image] = field(default_factory=list)
    filled_at: datetime | None = None
    last: str | None = None

    def take(self, where: Filter, catalog: Catalog, count: int, rng: Random, now: datetime) -> list[Image]:
        if self.filled_at is None or now - self.filled_at >= LIFETIME:
            self.fill(where, catalog, rng, now)
        taken = self.images[:count]
        del self.images[:count]
        if len(taken) < count:
            self.fill(where, catalog, rng, now)
            ids = {each.id for each in taken}
            fresh = [each for each in self.images if each.id not in ids][: count - len(taken)]
            drawn = {each.id for each in fresh}
            self.images = [each for each in self.images if each.id not in drawn]
            taken += fresh
        return taken

    def fill(self, where: Filter, catalog: Catalog, rng: Random, now: datetime) -> None:
        start = self.last or "".join(rng.choices(_ALPHABET, k=ID_LENGTH))
        found = list(catalog.page(where, Order.ID, after=Cursor(start), limit=BAG))
        if len(found) < BAG:
            wrapped = catalog.page(where, Order.ID, after=None, limit=BAG - len(found))
            found += [each for each in wrapped if each.id <= start]
        self.last = found[-1].id if found else None
        rng.shuffle(found)
        self.images, self.filled_at = found, now


class Pool:
    """The bags of one instance, shared by its threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bags: OrderedDict[Filter, _Bag] = OrderedDict()

    def draw(self, where: Filter, catalog: Catalog, *, count: int, rng: Random, now: datetime) -> list[Image]:
        """`count` (at most `BAG`) different images that match; fewer if the catalog has fewer.

        Raises:
            Unavailable: the catalog did not answer, and the bag is empty.
        """
        bag = self._bag(where)
        with bag.lock:
            return bag.take(where, catalog, count, rng, now)

    def discard(self, image_id: str) -> None:
        """Remove an image from all bags, because this instance has deleted it."""
        with self._lock:
            bags = list(self._bags.values())
        for bag in bags:
            with bag.lock:
                bag.images = [each for each in bag.images if each.id != image_id]

    def _bag(self, where: Filter) -> _Bag:
        with self._lock:
            bag = self._bags.setdefault(where, _Bag())
            self._bags.move_to_end(where)
            if len(self._bags) > _MAX_BAGS:
                self._bags.popitem(last=False)
            return bag
