"""Add the description of a duplicate to its stored image, where the caller can change that image."""

import logging
from dataclasses import dataclass

from functions.domain.callers import Caller
from functions.domain.errors import Conflict, ImageRefused, ObjectNotFound
from functions.domain.filling import Words, compare, fill
from functions.domain.metadata import description_of, provenance_of, to_metadata
from functions.domain.model import Description, Facts, Image
from functions.domain.ports import Bucket, Catalog, Object
from functions.services.reconcile import entry_from_object, reconcile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Filled:
    """The stored image and its object after that; `words` is None if the duplicate had no description."""

    image: Image
    source: Object
    words: Words | None


def fill_words(
    entry: Image, seen: Object, sent: Description, *, caller: Caller, catalog: Catalog, originals: Bucket
) -> Filled:
    """Fill the empty fields of an image with those of a duplicate.

    The change of the object's metadata is the commit point; the catalog follows. The metadata that `seen` has decide
    what is empty, so a duplicate that adds nothing costs no request. Simultaneous duplicates overwrite nothing: the one
    that loses the race is applied to the result of the other.

    Args:
        entry: the entry of the image.
        seen: its object, as it was just read.
        sent: the description of the duplicate.
        caller: changes nothing in an image of another uploader.
        catalog: is changed.
        originals: is changed.

    Raises:
        ObjectNotFound: the object was deleted in the meantime.
    """
    if sent == Description():
        return Filled(entry, seen, None)
    while True:
        try:
            source, words = _commit(seen, sent, entry.facts, caller, originals)
        except Conflict:
            seen = _stat(seen.name, originals)
        except ImageRefused as error:
            log.warning("the description of a duplicate is left out: %s", error.detail)
            return Filled(entry, seen, compare(Description(), Description(), sent, entry.facts))
        else:
            return Filled(_current(entry, source, catalog, originals), source, words)


def _commit(seen: Object, sent: Description, facts: Facts, caller: Caller, originals: Bucket) -> tuple[Object, Words]:
    """The object after that, and the effect.

    Raises:
        Conflict: the object was changed or deleted in the meantime.
        ImageRefused: its metadata cannot be read, because another program wrote them.
    """
    provenance, before = provenance_of(seen), description_of(seen)
    after = fill(before, sent, facts) if caller.owns(provenance.uploader) else before
    words = compare(before, after, sent, facts)
    return (originals.set_metadata(seen, to_metadata(provenance, after)) if words.filled else seen), words


def _current(entry: Image, source: Object, catalog: Catalog, originals: Bucket) -> Image:
    """The entry, made to agree with its object if that is newer."""
    if (source.generation, source.metageneration) <= (entry.generation, entry.metageneration):
        return entry
    facts = entry.facts if source.generation == entry.generation else None
    return reconcile(entry_from_object(source, originals, facts=facts), entry, catalog, originals)


def _stat(name: str, originals: Bucket) -> Object:
    present = originals.stat(name)
    if present is None:
        raise ObjectNotFound
    return present
