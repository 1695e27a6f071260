"""Mend an image, or take in a drop, by the use cases that live traffic goes by.

Each of these looks at the present state itself and moves it where it belongs, so that it does no harm where nothing is
wrong, or where somebody else is at it.
"""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from functions.domain.errors import Conflict, Damaged, ImageRefused, ObjectNotFound
from functions.domain.ids import image_id as id_of
from functions.domain.limits import TICKET_LIMITS
from functions.domain.ports import Bucket, Object
from functions.domain.renditions import source_generation
from functions.domain.tickets import Tickets
from functions.services.forget import drop_renditions, forget_image
from functions.services.ingest import ingest_drop
from functions.services.reconcile import facts_of
from functions.services.repair.diagnose import stale_renditions
from functions.services.repair.restore import restore
from functions.services.repair.snapshot import Snapshot, Stores, look
from functions.services.thumbnails import make_thumbnails


class Intake(NamedTuple):
    """Where drops come in."""

    dropbox: Bucket
    tickets: Tickets


def mend(seen: Snapshot, stores: Stores) -> None:
    """Bring all of an image into agreement with its original, or remove what is left of it.

    Raises:
        ImageRefused: an original is none that passed the gate, or not of this image; a person has to look at it.
        Unavailable: a backend did not answer.
    """
    if not seen.originals:
        if seen.entry:
            catalog, originals, renditions, counters = stores
            gone = seen.entry
            forget_image(gone.object_name, gone.generation, catalog, originals, renditions, counters=counters)
        drop_renditions(seen.id, stores.renditions, up_to=max(map(source_generation, seen.renditions), default=0))
        return
    _restore_one(seen, stores)
    now = look(seen.id, stores)
    for original in now.ranked[:1]:
        for each in stale_renditions(now, original):
            _remove(each, stores.renditions)
    if now.ranked and now.is_entered(now.ranked[0]):
        for each in now.ranked[1:]:
            with suppress(Conflict, ObjectNotFound):  # it is gone, or another one by now
                _remove_twin(each, now.ranked[0], stores.originals)


def _restore_one(seen: Snapshot, stores: Stores) -> None:
    """Give the image its entry: by the first of its originals that is sound, unless one of them has it already."""
    first, *twins = seen.ranked
    try:
        restore(first.name, stores)
    except (ImageRefused, Damaged):
        if seen.is_entered(first) or not any(_restores(each, stores) for each in twins):
            raise


def _restores(original: Object, stores: Stores) -> bool:
    try:
        return restore(original.name, stores) is not None
    except (ImageRefused, Damaged):
        return False


def _remove_twin(twin: Object, kept: Object, originals: Bucket) -> None:
    """Remove a twin, once both are of the image by their pixels: of two files, the good one may be the twin.

    It is put back if `kept` was deleted at the same moment: for then somebody may have uploaded the twin's file again,
    and have been told that it is here.
    """
    _proven(kept, originals)
    data = _proven(twin, originals)
    originals.delete(twin.name, if_generation=twin.generation)
    if originals.stat(kept.name) is None:
        originals.write(twin.name, data, content_type=twin.content_type, metadata=twin.metadata)


def _proven(original: Object, originals: Bucket) -> bytes:
    """The bytes of an original, which show the picture that its name says."""
    present, data = originals.read(original.name)
    if present.generation != original.generation:
        raise Conflict
    if id_of(bytes.fromhex(facts_of(original, data).pixel_sha512)) != original.name.partition(".")[0]:
        raise ImageRefused(f"{original.name} shows another picture than its name says.")
    return data


def _remove(seen: Object, bucket: Bucket) -> None:
    with suppress(Conflict):  # it is gone, or another one by now
        bucket.delete(seen.name, if_generation=seen.generation)


def take_in(name: str, stores: Stores, intake: Intake, now: datetime) -> None:
    """Take a drop in, to the last rendition; the events that follow find nothing to do.

    Raises:
        Unavailable: a backend did not answer.
    """
    catalog, originals, renditions, _ = stores
    stored = ingest_drop(name, intake.dropbox, catalog, originals, intake.tickets, limits=TICKET_LIMITS, now=now)
    if stored is not None:
        make_thumbnails(stored.image.object_name, catalog, originals, renditions)
