"""Walk through a whole repository, image by image, in the order of ids.

The backends return originals, entries and renditions sorted by id, so this module merges the three streams. One call
lists 1,000 objects, and one query reads a page of entries. At most one page of each is in memory.
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
"""Objects in one call; the most that Cloud Storage lists."""
ENTRIES: Final = 300
"""Entries in one query: about a megabyte."""


class ForeignObject(NamedTuple):
    """An object with a name that this service never creates."""

    bucket: str
    name: str


class _Part(NamedTuple):
    """One part of an image. `key` is the image's id, or as many characters of a foreign object's name."""

    key: str
    entry: Image | None = None
    original: Object | None = None
    rendition: Object | None = None
    foreign: ForeignObject | None = None


def walk(stores: Stores, *, after: str = "", renditions: bool = True) -> Iterator[Snapshot | ForeignObject]:
    """All images whose ids sort after `after`, in order, and the foreign objects; with `renditions` or without.

    Raises:
        Unavailable: a backend did not answer.
    """
    streams = [_originals(stores.originals, after), _entries(stores.catalog, after)]
    if renditions:
        streams.append(_renditions(stores.renditions, after))
    for key, parts in groupby(merge(*streams, key=_key), key=_key):
        snapshot = Snapshot(key)
        for part in parts:
            if part.foreign:
                yield part.foreign
            else:
                _add(part, snapshot)
        if snapshot.entry or snapshot.originals or snapshot.renditions:
            yield snapshot


def objects(bucket: Bucket, after: str = "") -> Iterator[Object]:
    """All objects whose names sort after `after`, in order, with one call for each 1,000.

    Raises:
        Unavailable: the bucket did not answer.
    """
    while found := bucket.list(after=after, limit=OBJECTS):
        yield from found
        if len(found) < OBJECTS:
            return
        after = found[-1].name


def _add(part: _Part, snapshot: Snapshot) -> None:
    if part.entry:
        snapshot.entry = part.entry
    if part.original:
        snapshot.originals.append(part.original)
    if part.rendition:
        snapshot.renditions.append(part.rendition)


def _key(part: _Part) -> str:
    return part.key


def _originals(bucket: Bucket, after: str) -> Iterator[_Part]:
    for each in objects(bucket, _last_name(after)):
        key = each.name[:ID_LENGTH]
        if parse_object_name(each.name):
            yield _Part(key, original=each)
        else:
            yield _Part(key, foreign=ForeignObject("originals", each.name))


def _renditions(bucket: Bucket, after: str) -> Iterator[_Part]:
    for each in objects(bucket, _last_name(after)):
        key = each.name[:ID_LENGTH]
        if parse_rendition_name(each.name):
            yield _Part(key, rendition=each)
        else:
            yield _Part(key, foreign=ForeignObject("renditions", each.name))


def _last_name(image_id: str) -> str:
    """A name that sorts after all names of an image's objects: "0" is the character after "." and "/"."""
    return f"{image_id}0" if image_id else ""


def _entries(catalog: Catalog, after: str) -> Iterator[_Part]:
    last = Cursor(after) if after else None
    while found := catalog.page(Filter(), Order.ID, after=last, limit=ENTRIES):
        for each in found:
            yield _Part(each.id, entry=each)
        if len(found) < ENTRIES:
            return
        last = Cursor(found[-1].id)
