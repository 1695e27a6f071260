"""Rebuild the catalog from the originals bucket. The service can run at the same time."""

from collections.abc import Generator, Iterator
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple

from functions.domain.errors import Damaged, ImageRefused, Unavailable
from functions.domain.metadata import has_fingerprint
from functions.domain.model import FORM, RenditionState
from functions.domain.ports import Object
from functions.services.repair.batches import THREADS, batches, in_order, pool_of, watched
from functions.services.repair.renew import renew
from functions.services.repair.restore import restore
from functions.services.repair.snapshot import Snapshot, Stores, probe, take_snapshot
from functions.services.repair.walk import ForeignObject, walk

_TWIN = "Another object of the same image has the entry."


class Outcome(StrEnum):
    """The result for one object."""

    AGREES = "agrees"
    """Its entry agrees with it."""
    MADE = "made"
    """Its entry was written. In a dry run, it would be written."""
    RENAMED = "renamed"
    """It got the id of its picture. An older release had computed another one."""
    GONE = "gone"
    """It was deleted in the meantime."""
    TWIN = "twin"
    """It is a twin: the entry of the image belongs to another object with the same pixels."""
    REFUSED = "refused"
    """It did not pass the gate."""
    DAMAGED = "damaged"
    """A backend has lost its bytes, or cannot read its entry."""
    FAILED = "failed"
    """A backend did not answer."""
    FOREIGN = "foreign object"
    """Its name is not that of an original."""


_WITHOUT_ENTRY: Final = {Outcome.REFUSED, Outcome.DAMAGED, Outcome.GONE, Outcome.RENAMED}
"""After these results, the next object of the same image can have the entry."""


class Step(NamedTuple):
    """One object, its result and the reason. `id` is the id of its image, empty for a foreign object."""

    id: str
    name: str
    outcome: Outcome
    detail: str = ""


def reindex(
    stores: Stores, *, after: str = "", dry_run: bool = False, threads: int = THREADS
) -> Generator[Step, None, None]:
    """Give every original after the id `after` its entry, in the order of ids, and report the result for each.

    An object whose entry agrees with it is listed but not read. So a run that was stopped can continue after the last
    step's id, or start again. A dry run writes nothing and reads no object: it reports what the lists show.

    Raises:
        Unavailable: a backend is down. If it fails for a single object only, the object's result is FAILED.
    """
    act = partial(_reindex, stores=stores, dry_run=dry_run)
    with pool_of(threads) as pool:
        found = walk(stores, after=after, renditions=False)
        results = (steps for batch in batches(found) for steps in in_order(act, batch, pool))
        for steps in watched(results, _has_failed, partial(probe, stores)):
            yield from steps


def _reindex(item: Snapshot | ForeignObject, *, stores: Stores, dry_run: bool) -> list[Step]:
    if isinstance(item, ForeignObject):
        return [Step("", item.name, Outcome.FOREIGN, "This service does not create such names.")]
    if len(item.originals) > 1:
        item = take_snapshot(item.id, stores)  # its renditions show which of the twins had the entry
    return list(_steps(item, stores, dry_run=dry_run))


def _steps(snapshot: Snapshot, stores: Stores, *, dry_run: bool) -> Iterator[Step]:
    """One step for each original. The first one that can have the entry gets it; those that follow are twins."""
    found = False
    for each in snapshot.ranked:
        if found:
            yield Step(snapshot.id, each.name, Outcome.TWIN, _TWIN)
        else:
            step = _step(each, snapshot, stores, dry_run=dry_run)
            yield step
            found = step.outcome not in _WITHOUT_ENTRY


def _step(source: Object, snapshot: Snapshot, stores: Stores, *, dry_run: bool) -> Step:
    if _agrees(source, snapshot):
        return Step(snapshot.id, source.name, Outcome.AGREES)
    if dry_run:
        return Step(snapshot.id, source.name, Outcome.MADE)
    try:
        name = source.name if has_fingerprint(source) else renew(source, stores)
        entry = restore(name, stores) if name else None
    except (ImageRefused, Unavailable) as error:
        return Step(snapshot.id, source.name, _outcome_of(error), error.detail)
    if entry is not None and entry.object_name != name:
        return Step(snapshot.id, source.name, Outcome.TWIN, _TWIN)
    if entry is not None and name != source.name:
        return Step(snapshot.id, source.name, Outcome.RENAMED, f"It is {name} now.")
    return Step(snapshot.id, source.name, Outcome.MADE if entry else Outcome.GONE)


def _outcome_of(error: ImageRefused | Unavailable) -> Outcome:
    if isinstance(error, ImageRefused):
        return Outcome.REFUSED
    return Outcome.DAMAGED if isinstance(error, Damaged) else Outcome.FAILED


def _agrees(source: Object, snapshot: Snapshot) -> bool:
    return (
        snapshot.entry is not None
        and has_fingerprint(source)
        and snapshot.has_entry(source)
        and snapshot.entry.form == FORM
        and snapshot.entry.metageneration == source.metageneration
        and snapshot.entry.renditions.state is not RenditionState.PENDING
    )


def _has_failed(steps: list[Step]) -> bool:
    return any(each.outcome is Outcome.FAILED for each in steps)
