"""Rebuild the catalog from the originals bucket, beside live traffic or without any."""

from collections.abc import Generator, Iterator
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple

from functions.domain.errors import Damaged, ImageRefused, Unavailable
from functions.domain.model import RenditionState
from functions.domain.ports import Object
from functions.services.repair.batches import THREADS, batches, in_order, pool_of, watched
from functions.services.repair.restore import restore
from functions.services.repair.snapshot import Snapshot, Stores, look, probe
from functions.services.repair.walk import Stranger, walk

_TWIN = "Another object of the same image has the entry."


class Outcome(StrEnum):
    """What became of one object."""

    AGREES = "agrees"
    MADE = "made"
    """Its entry was written; in a dry run, would be."""
    GONE = "gone"
    TWIN = "twin"
    """Another object of its image has the entry."""
    REFUSED = "refused"
    """It never passed the gate."""
    DAMAGED = "damaged"
    """A backend has lost its bytes, or cannot read what it keeps of it."""
    FAILED = "failed"
    """A backend did not answer."""
    STRANGER = "stranger"


_UNSOUND: Final = {Outcome.REFUSED, Outcome.DAMAGED, Outcome.GONE}
"""An object of which its image cannot be."""


class Step(NamedTuple):
    """One object, what became of it, and why; `id` is that of its image, empty for a stranger."""

    id: str
    name: str
    outcome: Outcome
    detail: str = ""


def reindex(
    stores: Stores, *, after: str = "", dry_run: bool = False, threads: int = THREADS
) -> Generator[Step, None, None]:
    """Give every original its entry; what became of each, in the order of ids, from behind the id `after`.

    An object whose entry agrees with it costs no more than its places in two lists. So this may be stopped at any step,
    and goes on behind that step's id, or from the start. A dry run says what would be made as far as the lists tell:
    nothing is written, and no object read.

    Raises:
        Unavailable: a backend does not answer at all.
    """
    act = partial(_reindex, stores=stores, dry_run=dry_run)
    with pool_of(threads) as pool:
        found = walk(stores, after=after, renditions=False)
        results = (steps for batch in batches(found) for steps in in_order(act, batch, pool))
        for steps in watched(results, _has_failed, partial(probe, stores)):
            yield from steps


def _reindex(seen: Snapshot | Stranger, *, stores: Stores, dry_run: bool) -> list[Step]:
    if isinstance(seen, Stranger):
        return [Step("", seen.name, Outcome.STRANGER, "Its name is none that this service gives.")]
    if len(seen.originals) > 1:
        seen = look(seen.id, stores)  # only the renditions tell which of the twins the image was
    return list(_steps(seen, stores, dry_run=dry_run))


def _steps(seen: Snapshot, stores: Stores, *, dry_run: bool) -> Iterator[Step]:
    """One for each original. The first that is sound has the entry, or gets it; what comes behind it is a twin."""
    found = False
    for each in seen.ranked:
        if found:
            yield Step(seen.id, each.name, Outcome.TWIN, _TWIN)
        else:
            step = _step(each, seen, stores, dry_run=dry_run)
            yield step
            found = step.outcome not in _UNSOUND


def _step(source: Object, seen: Snapshot, stores: Stores, *, dry_run: bool) -> Step:
    if _agrees(source, seen):
        return Step(seen.id, source.name, Outcome.AGREES)
    if dry_run:
        return Step(seen.id, source.name, Outcome.MADE)
    try:
        entry = restore(source.name, stores)
    except (ImageRefused, Unavailable) as error:
        return Step(seen.id, source.name, _outcome_of(error), error.detail)
    if entry is not None and entry.object_name != source.name:
        return Step(seen.id, source.name, Outcome.TWIN, _TWIN)
    return Step(seen.id, source.name, Outcome.MADE if entry else Outcome.GONE)


def _outcome_of(error: ImageRefused | Unavailable) -> Outcome:
    if isinstance(error, ImageRefused):
        return Outcome.REFUSED
    return Outcome.DAMAGED if isinstance(error, Damaged) else Outcome.FAILED


def _agrees(source: Object, seen: Snapshot) -> bool:
    return (
        seen.entry is not None
        and seen.is_entered(source)
        and seen.entry.metageneration == source.metageneration
        and seen.entry.renditions.state is not RenditionState.PENDING
    )


def _has_failed(steps: list[Step]) -> bool:
    return any(each.outcome is Outcome.FAILED for each in steps)
