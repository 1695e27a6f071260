"""Give the originals of releases before 0.2 their ids. Those releases computed the ids by other rules."""

from contextlib import suppress
from dataclasses import replace

from functions.domain.callers import Caller, Role
from functions.domain.errors import Conflict, ImageRefused, ObjectNotFound
from functions.domain.ids import image_id, object_name
from functions.domain.metadata import description_of, provenance_of, to_metadata
from functions.domain.model import Facts
from functions.domain.ports import Object
from functions.services.fill import fill_words
from functions.services.forget import forget_image
from functions.services.reconcile import check_picture, facts_of
from functions.services.repair.restore import restore
from functions.services.repair.snapshot import Stores

_REINDEX = Caller("reindex", Role.ADMIN)
"""May change the description of every image."""


def renew(source: Object, stores: Stores) -> str | None:
    """Give an original the id of its picture, and its fingerprint.

    The original is written under its new name before the old one is deleted, so an interrupted run loses nothing, and
    the next one completes it. Two images of an older release can be one now. Then what the description of one lacks is
    taken from that of the other. If they contradict each other, both images stay, and a person must choose. The old
    original is deleted only after a check that the file under the new name shows the picture.

    Returns:
        The name that the original has now; None if it was deleted or changed in the meantime.

    Raises:
        ImageRefused: the object did not pass the gate, or its description contradicts that of the image with its id.
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
        kept = _complete(name, present, stores)
        if kept:
            restore(present.name, stores)
            raise ImageRefused(
                f"It shows the same picture as {name}, which has another {', '.join(kept)}. Both images stay. "
                "Write what you want to keep into the description of that one, then delete this one."
            )
        check_picture(name, originals)
        originals.delete(present.name, if_generation=present.generation)
    except (Conflict, ObjectNotFound):
        return None
    forget_image(present.name, present.generation, catalog, originals, renditions, counters=counters)
    return name


def _metadata(source: Object, facts: Facts) -> dict[str, str]:
    provenance = replace(provenance_of(source), sha256=facts.sha256, fingerprint=facts.fingerprint)
    return to_metadata(provenance, description_of(source))


def _complete(name: str, source: Object, stores: Stores) -> tuple[str, ...]:
    """Restore the image that has the new id. If it is of another upload, complete its description.

    Returns the names of the fields in which the two descriptions contradict each other.

    That upload may have stored the same picture in another format. Then the new original is its twin, which fsck
    removes after it has compared the pixels.
    """
    entry = restore(name, stores)
    seen = stores.originals.stat(entry.object_name) if entry else None
    if entry is None or seen is None:
        raise Conflict
    if entry.upload_id == provenance_of(source).upload_id:
        return ()
    sent = replace(description_of(source), filename=None)  # one of two names of a file is enough
    catalog, originals, _, _ = stores
    filled = fill_words(entry, seen, sent, caller=_REINDEX, catalog=catalog, originals=originals)
    return filled.words.kept if filled.words else ()
