"""Restore the catalog entry of one original from the buckets. Both reindex and fsck use this repair."""

from contextlib import suppress
from dataclasses import replace

from functions.domain.errors import Conflict, ObjectNotFound
from functions.domain.ids import parse_object_name, rendition_prefix
from functions.domain.model import FORM, Image, Renditions, RenditionState
from functions.domain.ports import Object
from functions.domain.renditions import recovered
from functions.services.reconcile import entry_from_object, reconcile
from functions.services.repair.snapshot import Stores
from functions.services.thumbnails import finish, make_thumbnails


def restore(name: str, stores: Stores) -> Image | None:
    """Make the entry of the object `name` agree with the object, and the renditions agree with the entry.

    Only missing renditions are made: the metadata of existing ones contains what the entry needs. Like `reconcile`,
    this function is level-triggered. It can run while the service runs, twice, and again after a crash.

    Returns:
        The entry of the image, which can belong to a twin; None if the object is gone.

    Raises:
        ImageRefused: the object did not pass the gate.
        Unavailable: a backend did not answer.
    """
    parsed = parse_object_name(name)
    if parsed is None:
        raise ValueError(f"{name!r} is not the name of an original")
    present = stores.catalog.get(parsed[0])
    source = stores.originals.stat(name)  # after the entry, so that the entry cannot be newer than the object
    if source is None:
        return None
    same = present is not None and _is_of(present, source)
    known_facts = present.facts if present and same and present.form == FORM else None
    try:
        image = entry_from_object(source, stores.originals, facts=known_facts)
    except ObjectNotFound:
        return None
    known = recovered(image, stores.renditions.list(rendition_prefix(image.id)))
    if known:
        image = replace(image, renditions=known[0], placeholder=known[1])
    if present and same and (present.metageneration > image.metageneration or present.form != FORM):
        present = _overwrite(present, image, stores)
    entry = reconcile(image, present, stores.catalog, stores.originals)
    if entry.object_name == name and entry.generation == image.generation:
        _restore_renditions(entry, known, stores)
    return entry


def _is_of(entry: Image, source: Object) -> bool:
    return (entry.object_name, entry.generation) == (source.name, source.generation)


def _overwrite(entry: Image, image: Image, stores: Stores) -> Image | None:
    """Replace an entry that reconciliation would keep; its renditions stay.

    Either it is newer than its object, for example because the bucket was restored from a backup, or its document has
    the form of an older release.
    """
    with suppress(Conflict):  # another writer changed or deleted it; nothing to do
        stores.catalog.replace(replace(image, renditions=entry.renditions, placeholder=entry.placeholder), seen=entry)
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
