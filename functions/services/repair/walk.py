"""Walk a whole repository, image by image: what it holds of each, in the order of ids.

Originals, entries and renditions are sorted by id as they come, so they are merged on the way: one call lists 1,000
objects, one query reads a page of entries, and no more than a page of each is in memory, however many there are.
"""

from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from typing import Final, NamedTuple

from functions.domain.ids import ID_LENGTH, parse_object_name, parse_rendition_name
from functions.domain.model import Image
from functions.domain.ports import Bucket, Catalog, Cursor, Filter, Object, Order
from functions.services.repair.snapshot import Snapshot, Stores

OBJECTS: Final = 1000
"""Objects in one call; Cloud Storage lists no more."""
ENTRIES: Final = 300
"""Entries in one query: about a megabyte."""


class Stranger(NamedTuple):
    """An object whose name this service never gave."""

    bucket: str
    name: str


class _Part(NamedTuple):
    """One thing that was seen; `key` is the image's id, or as much of a stranger's name."""

    key: str
    entry: Image | None = None
    original: Object | None = None
    rendition: Object | None = None
    stranger: Stranger | None = None


def walk(stores: Stores, *, after: str = "", renditions: bool = True) -> Iterator[Snapshot | Stranger]:
    """All images whose ids sort behind `after`, in order, and the strangers between them; with `renditions` or without.

    Raises:
        Unavailable: a backend did not answer.
    """
    streams = [_originals(stores.originals, after), _entries(stores.catalog, after)]
    if renditions:
        streams.append(_renditions(stores.renditions, after))
    for key, parts in groupby(merge(*streams, key=_key), key=_key):
        sighting = Snapshot(key)
        for part in parts:
            if part.stranger:
                yield part.stranger
            else:
                _add(part, sighting)
        if sighting.entry or sighting.originals or sighting.renditions:
            yield sighting


def objects(bucket: Bucket, after: str = "") -> Iterator[Object]:
    """All objects whose names sort behind `after`, in order; a call for each thousand.

    Raises:
        Unavailable: the bucket did not answer.
    """
    while found := bucket.list(after=after, limit=OBJECTS):
        yield from found
        if len(found) < OBJECTS:
            return
        after = found[-1].name


def _add(part: _Part, sighting: Snapshot) -> None:
    if part.entry:
        sighting.entry = part.entry
    if part.original:
        sighting.originals.append(part.original)
    if part.rendition:
        sighting.renditions.append(part.rendition)


def _key(part: _Part) -> str:
    return part.key


def _originals(bucket: Bucket, after: str) -> Iterator[_Part]:
    for each in objects(bucket, _behind(after)):
        key = each.name[:ID_LENGTH]
        if parse_object_name(each.name):
            yield _Part(key, original=each)
        else:
            yield _Part(key, stranger=Stranger("originals", each.name))


def _renditions(bucket: Bucket, after: str) -> Iterator[_Part]:
    for each in objects(bucket, _behind(after)):
        key = each.name[:ID_LENGTH]
        if parse_rendition_name(each.name):
            yield _Part(key, rendition=each)
        else:
            yield _Part(key, stranger=Stranger("renditions", each.name))


def _behind(image_id: str) -> str:
    """A name behind those of all objects of an image: 0 sorts right behind the dot and the slash that follow its id."""
    return f"{image_id}0" if image_id else ""


def _entries(catalog: Catalog, after: str) -> Iterator[_Part]:
    last = Cursor(after) if after else None
    while found := catalog.page(Filter(), Order.ID, after=last, limit=ENTRIES):
        for each in found:
            yield _Part(each.id, entry=each)
        if len(found) < ENTRIES:
            return
        last = Cursor(found[-1].id)
