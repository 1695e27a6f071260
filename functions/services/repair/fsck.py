"""Find what faults have left behind, and mend it, beside live traffic."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from functions.domain.drops import is_folder, is_refused
from functions.domain.errors import ImageRefused, Unavailable
from functions.domain.ports import Bucket, Object
from functions.services.repair.batches import THREADS, batches, in_order, pool_of, watched
from functions.services.repair.diagnose import Damage, Kind, diagnose
from functions.services.repair.mend import Intake, mend, take_in
from functions.services.repair.snapshot import Snapshot, Stores, look, probe
from functions.services.repair.walk import Stranger, objects, walk


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Rules:
    """How to look.

    Attributes:
        fix: mend what is wrong; else nothing is written.
        grace: what changed within it is left alone, since its events and their retries are on the way.
        settle: seconds between a suspicion and the look that confirms it: a deletion under way leaves no trace of its
            age, but does not last that long.
        threads: for what is suspicious.
    """

    fix: bool = False
    grace: timedelta = timedelta(minutes=10)
    settle: float = 2.0
    threads: int = THREADS
    now: Callable[[], datetime] = _now

    @property
    def before(self) -> datetime:
        """What changed after it is left alone."""
        return self.now() - self.grace


class Finding(NamedTuple):
    """What is wrong, whether it was mended, and what kept it from being so."""

    damage: Damage
    mended: bool = False
    obstacle: str = ""


class Progress(NamedTuple):
    """How far it is: so many more images were looked at, and all up to this id are done."""

    id: str
    images: int


def fsck(stores: Stores, intake: Intake, rules: Rules, *, after: str = "") -> Generator[Finding | Progress, None, None]:
    """Check all images behind the id `after`, then the dropbox; what is wrong there.

    A whole check costs one call for 1,000 objects and one query for each page of entries; only what looks suspicious is
    looked at again, and reported if it still is.

    Raises:
        Unavailable: a backend does not answer at all.
    """
    with pool_of(rules.threads) as pool:
        for batch in batches(walk(stores, after=after)):
            yield from (_strange(each) for each in batch if isinstance(each, Stranger))
            images = [each for each in batch if isinstance(each, Snapshot)]
            suspicious = [each.id for each in images if diagnose(each, rules.before)]
            checked = in_order(partial(_check, stores=stores, rules=rules), _settled(suspicious, rules), pool)
            results = watched(checked, _has_obstacle, partial(probe, stores))
            for image_id, findings in zip(suspicious, results, strict=True):
                yield from findings
                yield Progress(image_id, 1)
            if images:
                yield Progress(images[-1].id, len(images) - len(suspicious))
        for drops in batches(_stuck(intake.dropbox, rules)):
            for findings in in_order(partial(_check_drop, stores=stores, intake=intake, rules=rules), drops, pool):
                yield from findings


def _settled(ids: Sequence[str], rules: Rules) -> Sequence[str]:
    if ids:
        time.sleep(rules.settle)
    return ids


def _strange(stranger: Stranger) -> Finding:
    detail = f"This service gives no such names; it is left alone in {stranger.bucket}."
    return Finding(Damage(Kind.STRANGER, stranger.name, detail))


def _check(image_id: str, *, stores: Stores, rules: Rules) -> list[Finding]:
    """Look again; mend what is wrong, and see whether it helped."""
    seen = look(image_id, stores)
    damages = diagnose(seen, rules.before)
    if not (damages and rules.fix):
        return [Finding(each) for each in damages]
    obstacle = ""
    try:
        mend(seen, stores)
    except (ImageRefused, Unavailable) as error:
        obstacle = error.detail
    left = diagnose(look(image_id, stores), rules.before)
    kinds = {each.kind for each in left}
    mended = [Finding(each, mended=True) for each in damages if each.kind not in kinds]
    return mended + [Finding(each, obstacle=obstacle) for each in left]


def _has_obstacle(findings: list[Finding]) -> bool:
    return any(each.obstacle for each in findings)


def _stuck(dropbox: Bucket, rules: Rules) -> Iterator[str]:
    """Names of drops that have been waiting for longer than the grace."""
    return (each.name for each in objects(dropbox) if _is_stuck(each, rules))


def _is_stuck(drop: Object, rules: Rules) -> bool:
    return drop.updated <= rules.before and not is_refused(drop) and not is_folder(drop)


def _check_drop(name: str, *, stores: Stores, intake: Intake, rules: Rules) -> list[Finding]:
    """Look again; take it in, and see whether it is done with: an image, or refused for a reason that it carries."""
    drop = intake.dropbox.stat(name)
    if drop is None or not _is_stuck(drop, rules):
        return []
    damage = Damage(Kind.STUCK_DROP, name, f"It has been waiting since {drop.updated:%Y-%m-%d %H:%M} UTC.")
    if not rules.fix:
        return [Finding(damage)]
    try:
        take_in(name, stores, intake, rules.now())
    except Unavailable as error:
        return [Finding(damage, obstacle=error.detail)]
    left = intake.dropbox.stat(name)
    return [Finding(damage, mended=left is None or not _is_stuck(left, rules))]
