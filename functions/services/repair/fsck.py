"""Find what faults have left behind, and repair it, while the service runs."""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from functions.domain.drops import is_folder, is_refused
from functions.domain.errors import ImageRefused, Unavailable
from functions.domain.ports import Object
from functions.services.repair.actions import Intake, ingest, repair
from functions.services.repair.batches import THREADS, batches, in_order, pool_of, watched
from functions.services.repair.diagnose import Damage, Kind, diagnose, differences, is_young
from functions.services.repair.snapshot import Snapshot, Stores, probe, take_snapshot
from functions.services.repair.walk import ForeignObject, objects, walk


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Rules:
    """The options of a check.

    Attributes:
        fix: whether to repair what is wrong. Otherwise nothing is written.
        grace: what changed within this time is not checked, because its events and their retries may be on the way.
        settle: seconds before a suspicious image is checked again. A deletion in progress looks like damage, but takes
            less time.
        threads: how many of them check suspicious images.
        now: returns the present time.
    """

    fix: bool = False
    grace: timedelta = timedelta(minutes=10)
    settle: float = 2.0
    threads: int = THREADS
    now: Callable[[], datetime] = _now

    @property
    def before(self) -> datetime:
        """What changed after this time is not checked."""
        return self.now() - self.grace


class Finding(NamedTuple):
    """What is wrong, whether it was repaired, and what prevented the repair."""

    damage: Damage
    repaired: bool = False
    obstacle: str = ""


class Progress(NamedTuple):
    """The progress since the last report: so many more images were checked, and all up to this id are done."""

    id: str
    images: int


class LeftAlone(NamedTuple):
    """So many images look wrong and so many drops wait, but they changed within the grace period."""

    images: int = 0
    drops: int = 0


Report = Finding | Progress | LeftAlone


def fsck(stores: Stores, intake: Intake, rules: Rules, *, after: str = "") -> Generator[Report, None, None]:
    """Check all images after the id `after`, then the dropbox, and report what is wrong, and what is left alone.

    A whole check costs one call for 1,000 objects and one query for each page of entries. Only suspicious images are
    checked again, and reported if they are still wrong.

    Raises:
        Unavailable: a backend is down. If it fails for a single image only, that is part of the finding.
    """
    with pool_of(rules.threads) as pool:
        for batch in batches(walk(stores, after=after)):
            yield from (_foreign(each) for each in batch if isinstance(each, ForeignObject))
            images = [each for each in batch if isinstance(each, Snapshot)]
            different = [each for each in images if differences(each)]
            suspicious = [each.id for each in different if not is_young(each, rules.before)]
            if young := len(different) - len(suspicious):
                yield LeftAlone(images=young)
            checked = in_order(partial(_check, stores=stores, rules=rules), _settled(suspicious, rules), pool)
            results = watched(checked, _has_obstacle, partial(probe, stores))
            for image_id, findings in zip(suspicious, results, strict=True):
                yield from findings
                yield Progress(image_id, 1)
            if images:
                yield Progress(images[-1].id, len(images) - len(suspicious))
        for drops in batches(each for each in objects(intake.dropbox) if _waits(each)):
            stuck = [each.name for each in drops if _is_stuck(each, rules)]
            if young := len(drops) - len(stuck):
                yield LeftAlone(drops=young)
            for findings in in_order(partial(_check_drop, stores=stores, intake=intake, rules=rules), stuck, pool):
                yield from findings


def _settled(ids: Sequence[str], rules: Rules) -> Sequence[str]:
    if ids:
        time.sleep(rules.settle)
    return ids


def _foreign(found: ForeignObject) -> Finding:
    detail = f"This service does not create such names. The object stays in {found.bucket}."
    return Finding(Damage(Kind.FOREIGN_OBJECT, found.name, detail))


def _check(image_id: str, *, stores: Stores, rules: Rules) -> list[Finding]:
    """Check an image again, repair what is wrong, and check the repair."""
    snapshot = take_snapshot(image_id, stores)
    damages = diagnose(snapshot, rules.before)
    if not (damages and rules.fix):
        return [Finding(each) for each in damages]
    obstacle = ""
    try:
        repair(snapshot, stores)
    except (ImageRefused, Unavailable) as error:
        obstacle = error.detail
    left = diagnose(take_snapshot(image_id, stores), rules.before)
    kinds = {each.kind for each in left}
    repaired = [Finding(each, repaired=True) for each in damages if each.kind not in kinds]
    return repaired + [Finding(each, obstacle=obstacle) for each in left]


def _has_obstacle(findings: list[Finding]) -> bool:
    return any(each.obstacle for each in findings)


def _waits(drop: Object) -> bool:
    return not is_refused(drop) and not is_folder(drop)


def _is_stuck(drop: Object, rules: Rules) -> bool:
    """Whether a drop has been waiting for longer than the grace period."""
    return drop.updated <= rules.before and _waits(drop)


def _check_drop(name: str, *, stores: Stores, intake: Intake, rules: Rules) -> list[Finding]:
    """Check a drop again, ingest it, and check that it is gone or has the reason why it was refused."""
    drop = intake.dropbox.stat(name)
    if drop is None or not _is_stuck(drop, rules):
        return []
    damage = Damage(Kind.STUCK_DROP, name, f"It has been waiting since {drop.updated:%Y-%m-%d %H:%M} UTC.")
    if not rules.fix:
        return [Finding(damage)]
    try:
        ingest(name, stores, intake, rules.now())
    except Unavailable as error:
        return [Finding(damage, obstacle=error.detail)]
    left = intake.dropbox.stat(name)
    return [Finding(damage, repaired=left is None or not _is_stuck(left, rules))]
