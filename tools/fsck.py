"""`make fsck`: find what faults have left behind in the buckets and the catalog, and repair it with FIX=1."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from operator import add
from pathlib import Path
from typing import Final

from functions.services.repair.actions import Intake
from functions.services.repair.diagnose import Kind
from functions.services.repair.fsck import Finding, LeftAlone, Report, Rules, fsck
from functions.services.repair.snapshot import Stores, seems_lost
from tools.files import damaged_sidecars, expired_drops, left_over_files, lost_bytes, unlisted_objects
from tools.progress import Progress
from tools.recover import CannotRun, check
from tools.repair import carry_out

_WEEK: Final = 7 * 24 * 60
"""The longest grace, in minutes."""

_LOST: Final = (
    "There are no originals, but there are entries, renditions or files. If the bucket of originals or its index was "
    "lost, restore it from a backup: a repair would remove all that is left. If all images were deleted on purpose, "
    "run: make fsck FIX=1 EMPTY=1"
)


class Fsck:
    """One run, which continues after the id `position`."""

    def __init__(self, after: str, rules: Rules, *, empty: bool) -> None:
        self.position = after
        self._rules = rules
        self._empty = empty
        self._found: Counter[Kind] = Counter()
        self._repaired: Counter[Kind] = Counter()
        self._repairable = False
        self._left_alone = LeftAlone()

    def prepare(self, data: Path, progress: Progress) -> None:
        """See `Work`. Only `make reindex` rebuilds databases, but a repair fills a catalog that is missing."""
        del progress
        check(data, catalog=not self._rules.fix)

    def run(self, stores: Stores, intake: Intake, progress: Progress) -> int:
        """See `Work`."""
        # The sidecars come first: a deletion that an older index lacks makes the name of a later object free.
        for damaged in damaged_sidecars(stores.originals, intake.dropbox, fix=self._rules.fix):
            progress.line(self._report(damaged))
        for found in unlisted_objects(stores.originals, intake.dropbox, fix=self._rules.fix):
            progress.line(self._report(found))
        lost = self._seems_lost(stores)
        if lost and self._rules.fix and not self._empty:
            raise CannotRun(_LOST)
        for found in lost_bytes(stores.originals, stores.renditions, fix=self._rules.fix):
            progress.line(self._report(found))
        with closing(fsck(stores, intake, self._rules, after=self.position)) as results:
            for each in results:
                self._take(each, progress)
        for left in left_over_files(stores.originals, stores.renditions, intake.dropbox, fix=self._rules.fix):
            progress.line(self._report(left))
        for drop in expired_drops(intake.dropbox, self._rules.now(), fix=self._rules.fix):
            progress.line(self._report(drop))
        for line in self._summary(progress.done, lost=lost):
            progress.line(line)
        return 0 if self._found == self._repaired else 1

    def _take(self, each: Report, progress: Progress) -> None:
        if isinstance(each, Finding):
            progress.line(self._report(each))
        elif isinstance(each, LeftAlone):
            self._left_alone = LeftAlone(*map(add, self._left_alone, each))
        else:
            self.position = each.id
            progress.step(each.images, each.id)

    def _seems_lost(self, stores: Stores) -> bool:
        if self._found[Kind.UNLISTED_OBJECT]:
            return (
                False  # the index is older than the files, or was lost; the files that it does not list are added to it
            )
        return seems_lost(stores) or (
            not stores.originals.list(limit=1) and any(left_over_files(stores.originals, fix=False))
        )

    def _report(self, finding: Finding) -> str:
        """Count the finding, and describe it in one line."""
        kind, name, detail = finding.damage
        self._found[kind] += 1
        self._repaired[kind] += finding.repaired
        self._repairable |= kind is not Kind.FOREIGN_OBJECT and not finding.obstacle
        result = "repaired" if finding.repaired else "left" if self._rules.fix else "found"
        return " ".join(filter(None, [f"{result}: {kind.value}: {name}:", detail, finding.obstacle]))

    def _summary(self, images: int, *, lost: bool) -> Iterator[str]:
        yield f"{images:,} images checked."
        for kind in Kind:
            if self._found[kind]:
                repaired = f", {self._repaired[kind]:,} repaired" if self._rules.fix else ""
                yield f"  {kind.value:<22}{self._found[kind]:>9,} found{repaired}"
        yield from self._young()
        if not self._found:
            yield "Nothing else is wrong." if any(self._left_alone) else "Nothing is wrong."
        elif lost and not self._rules.fix:
            yield _LOST
        elif not self._rules.fix and self._repairable:
            yield "Nothing was written. Repair it with: make fsck FIX=1"

    def _young(self) -> Iterator[str]:
        """What was left alone because of its age, and how to check it."""
        images, drops = self._left_alone
        parts = [f"{images:,} image{'s look' if images > 1 else ' looks'} wrong"] if images else []
        parts += [f"{drops:,} drop{'s wait' if drops > 1 else ' waits'} in the dropbox"] if drops else []
        if parts:
            yield (
                f"{' and '.join(parts)}, but changed within the last {self._rules.grace / timedelta(minutes=1):g} "
                "minutes, so the events may still arrive. Check them now with: make fsck GRACE=0"
            )


def _minutes(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (minutes := float(text)) <= _WEEK:
            return minutes
    raise argparse.ArgumentTypeError(f"must be a number of minutes from 0 to {_WEEK:,}, not {text!r}")


def main() -> int:
    """Check the repository.

    Returns:
        The exit status: 1 if something is still wrong.
    """
    parser = argparse.ArgumentParser(prog="make fsck", description=__doc__)
    parser.add_argument("--after", default="", metavar="ID", help="begin after the image with this id")
    parser.add_argument("--empty", action="store_true", help="repair even if there are no originals")
    parser.add_argument("--fix", action="store_true", help="repair what is wrong")
    parser.add_argument(
        "--grace",
        type=_minutes,
        default=10,
        metavar="MINUTES",
        help="do not check images that changed within so many minutes (default: 10)",
    )
    parser.add_argument("--project", help="check the deployment in this project on Google Cloud")
    options = parser.parse_args()
    rules = Rules(fix=options.fix, grace=timedelta(minutes=options.grace))
    return carry_out("fsck", Fsck(options.after, rules, empty=options.empty), options.project)


if __name__ == "__main__":
    sys.exit(main())
