"""Make the catalog tell of one original what the buckets know: the repair that reindex and fsck have in common."""

from contextlib import suppress
from dataclasses import replace

from functions.domain.errors import Conflict, ObjectNotFound
from functions.domain.ids import parse_object_name, rendition_prefix
from functions.domain.model import Image, Renditions, RenditionState
from functions.domain.ports import Object
from functions.domain.renditions import recovered
from functions.services.reconcile import entry_from_object, reconcile
from functions.services.repair.snapshot import Stores
from functions.services.thumbnails import finish, make_thumbnails


def restore(name: str, stores: Stores) -> Image | None:
    """Bring the entry of the object `name` up to the object's present state, and its renditions to the entry's.

    Renditions that are there are not made again, since their metadata says what the entry said; the others are. This is
    level-triggered, as all in `record` is: it may run beside live traffic, twice, and again after a crash.

    Returns:
        The entry of the image, which may be that of a twin; None when the object is gone.

    Raises:
        ImageRefused: the object is none that passed the gate.
        Unavailable: a backend did not answer.
    """
    parsed = parse_object_name(name)
    if parsed is None:
        raise ValueError(f"{name!r} is no name of an original")
    seen = stores.catalog.get(parsed[0])
    source = stores.originals.stat(name)  # after the entry, so that no entry may be ahead of it
    if source is None:
        return None
    same = seen is not None and _is_of(seen, source)
    try:
        image = entry_from_object(source, stores.originals, facts=seen.facts if seen and same else None)
    except ObjectNotFound:
        return None
    known = recovered(image, stores.renditions.list(rendition_prefix(image.id)))
    if known:
        image = replace(image, renditions=known[0], placeholder=known[1])
    if seen and same and seen.metageneration > image.metageneration:
        seen = _turned_back(image, seen, stores)
    entry = reconcile(image, seen, stores.catalog, stores.originals)
    if entry.object_name == name and entry.generation == image.generation:
        _restore_renditions(entry, known, stores)
    return entry


def _is_of(entry: Image, source: Object) -> bool:
    return (entry.object_name, entry.generation) == (source.name, source.generation)


def _turned_back(image: Image, seen: Image, stores: Stores) -> Image | None:
    """The entry, replaced where it is ahead of its object, as after a bucket was put back to an older state."""
    with suppress(Conflict):  # then it is another one by now
        stores.catalog.replace(replace(image, renditions=seen.renditions, placeholder=seen.placeholder), seen=seen)
    return stores.catalog.get(image.id)


def _restore_renditions(entry: Image, known: tuple[Renditions, str] | None, stores: Stores) -> None:
    state = entry.renditions.state
    if state is RenditionState.FAILED or (entry.renditions, entry.placeholder) == known:
        return
    if known:
        finish(entry, *known, stores.catalog)
        return
    if state is RenditionState.READY:
        finish(entry, Renditions(), None, stores.catalog)
    make_thumbnails(entry.object_name, stores.catalog, stores.originals, stores.renditions)
