"""Repair an image or ingest a drop, by the use cases of requests and events.

Each use case reads the present state itself and moves it towards the right one. So it does no harm if nothing is wrong,
or if a request changes the image at the same time.
"""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from functions.domain.errors import Conflict, Damaged, ImageRefused, ObjectNotFound
from functions.domain.limits import TICKET_LIMITS
from functions.domain.ports import Bucket, Object
from functions.domain.renditions import source_generation
from functions.domain.tickets import Tickets
from functions.services.forget import delete_renditions, forget_image
from functions.services.ingest import ingest_drop
from functions.services.reconcile import check_picture
from functions.services.repair.diagnose import stale_renditions
from functions.services.repair.restore import restore
from functions.services.repair.snapshot import Snapshot, Stores, take_snapshot
from functions.services.thumbnails import make_thumbnails


class Intake(NamedTuple):
    """What is needed to ingest drops, in addition to `Stores`."""

    dropbox: Bucket
    tickets: Tickets


def repair(snapshot: Snapshot, stores: Stores) -> None:
    """Make all parts of an image agree with its original. If it has none, remove what is left of the image.

    Raises:
        ImageRefused: an original did not pass the gate, or shows another image. A person must check it.
        Unavailable: a backend did not answer.
    """
    if not snapshot.originals:
        if snapshot.entry:
            catalog, originals, renditions, counters = stores
            gone = snapshot.entry
            forget_image(gone.object_name, gone.generation, catalog, originals, renditions, counters=counters)
        newest = max(map(source_generation, snapshot.renditions), default=0)
        delete_renditions(snapshot.id, stores.renditions, up_to=newest)
        return
    _restore_entry(snapshot, stores)
    now = take_snapshot(snapshot.id, stores)
    for original in now.ranked[:1]:
        for each in stale_renditions(now, original):
            _remove(each, stores.renditions)
    if now.ranked and now.has_entry(now.ranked[0]):
        for each in now.ranked[1:]:
            with suppress(Conflict, ObjectNotFound):  # another writer changed or deleted it; nothing to do
                _remove_twin(each, now.ranked[0], stores.originals)


def _restore_entry(snapshot: Snapshot, stores: Stores) -> None:
    """Make the entry from the first original that is an image. An original that already has the entry keeps it."""
    first, *twins = snapshot.ranked
    try:
        restore(first.name, stores)
    except (ImageRefused, Damaged):
        if snapshot.has_entry(first) or not any(_restores(each, stores) for each in twins):
            raise


def _restores(original: Object, stores: Stores) -> bool:
    try:
        return restore(original.name, stores) is not None
    except (ImageRefused, Damaged):
        return False


def _remove_twin(twin: Object, kept: Object, originals: Bucket) -> None:
    """Remove a twin, after a check that both files show the image: the twin may be the only good file.

    If `kept` was deleted at the same moment, the twin is written again: an upload of its file may have been answered
    with "duplicate" in the meantime.
    """
    check_picture(kept.name, originals, generation=kept.generation)
    data = check_picture(twin.name, originals, generation=twin.generation)
    originals.delete(twin.name, if_generation=twin.generation)
    if originals.stat(kept.name) is None:
        originals.write(twin.name, data, content_type=twin.content_type, metadata=twin.metadata)


def _remove(rendition: Object, bucket: Bucket) -> None:
    with suppress(Conflict):  # another writer changed or deleted it; nothing to do
        bucket.delete(rendition.name, if_generation=rendition.generation)


def ingest(name: str, stores: Stores, intake: Intake, now: datetime) -> None:
    """Ingest a drop and make its renditions. The events that follow find nothing to do.

    Raises:
        Unavailable: a backend did not answer.
    """
    catalog, originals, renditions, _ = stores
    stored = ingest_drop(name, intake.dropbox, catalog, originals, intake.tickets, limits=TICKET_LIMITS, now=now)
    if stored is not None:
        make_thumbnails(stored.image.object_name, catalog, originals, renditions)
