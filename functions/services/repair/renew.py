"""Give the originals of releases before 0.2 their ids. Those releases computed the ids by other rules."""

from contextlib import suppress
from dataclasses import replace

from functions.domain.callers import Caller, Role
from functions.domain.errors import Conflict, ObjectNotFound
from functions.domain.ids import image_id, object_name
from functions.domain.metadata import description_of, provenance_of, to_metadata
from functions.domain.model import Facts
from functions.domain.ports import Object
from functions.services.fill import fill_words
from functions.services.forget import forget_image
from functions.services.reconcile import facts_of
from functions.services.repair.restore import restore
from functions.services.repair.snapshot import Stores

_REINDEX = Caller("reindex", Role.ADMIN)
"""May change the description of every image."""


def renew(source: Object, stores: Stores) -> str | None:
    """Give an original the id of its picture, and its fingerprint.

    The original is written under its new name before the old one is deleted, so an interrupted run loses nothing, and
    the next one completes it. Two images of an older release can be one now. Then what the description of one lacks is
    taken from that of the other.

    Returns:
        The name that the original has now; None if it was deleted or changed in the meantime.

    Raises:
        ImageRefused: the object did not pass the gate.
        Unavailable: a backend did not answer.
    """
    catalog, originals, renditions, counters = stores
    try:
        present, data = originals.read(source.name)
        facts = facts_of(present, data)
        name = object_name(image_id(bytes.fromhex(facts.fingerprint)), facts.format)
        if name == present.name:
            originals.set_metadata(present, _metadata(present, facts))
            return name
        with suppress(Conflict):  # an interrupted run, or an upload, has written it
            originals.write(name, data, content_type=present.content_type, metadata=_metadata(present, facts))
        _complete(name, present, stores)
        originals.delete(present.name, if_generation=present.generation)
    except (Conflict, ObjectNotFound):
        return None
    forget_image(present.name, present.generation, catalog, originals, renditions, counters=counters)
    return name


def _metadata(source: Object, facts: Facts) -> dict[str, str]:
    provenance = replace(provenance_of(source), sha256=facts.sha256, fingerprint=facts.fingerprint)
    return to_metadata(provenance, description_of(source))


def _complete(name: str, source: Object, stores: Stores) -> None:
    """Restore the image that has the new id. If it is of another upload, complete its description.

    That upload may have stored the same picture in another format. Then the new original is its twin, which fsck
    removes after it has compared the pixels.
    """
    entry = restore(name, stores)
    seen = stores.originals.stat(entry.object_name) if entry else None
    if entry is None or seen is None:
        raise Conflict
    if entry.upload_id != provenance_of(source).upload_id:
        catalog, originals, _, _ = stores
        fill_words(entry, seen, description_of(source), caller=_REINDEX, catalog=catalog, originals=originals)
