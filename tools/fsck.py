"""`make fsck`: find what faults have left behind in the buckets and the catalog, and mend it with FIX=1."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from functions.services.repair.diagnose import Kind
from functions.services.repair.fsck import Finding, Rules, fsck
from functions.services.repair.mend import Intake
from functions.services.repair.snapshot import Stores, seems_lost
from tools.files import damaged_sidecars, expired_drops, left_over_files, lost_bytes, unlisted_objects
from tools.progress import Progress
from tools.recover import CannotRun, check
from tools.repair import carry_out

_WEEK: Final = 7 * 24 * 60
"""Minutes."""

_LOST: Final = (
    "There is not one original, and yet something of images. If their bucket or its index was lost, put it back from a "
    "backup: mending would remove all that is left. If they were deleted on purpose: make fsck FIX=1 EMPTY=1"
)


class Fsck:
    """One run, from behind the id `position`."""

    def __init__(self, after: str, rules: Rules, *, empty: bool) -> None:
        self.position = after
        self._rules = rules
        self._empty = empty
        self._found: Counter[Kind] = Counter()
        self._mended: Counter[Kind] = Counter()

    def prepare(self, data: Path, progress: Progress) -> None:
        """See `Work`: what is missing or damaged is `make reindex`'s to rebuild, but for a catalog that this fills."""
        del progress
        check(data, catalog=not self._rules.fix)

    def run(self, stores: Stores, intake: Intake, progress: Progress) -> int:
        """See `Work`."""
        for found in unlisted_objects(stores.originals, intake.dropbox, fix=self._rules.fix):
            progress.line(self._told(found))
        for damaged in damaged_sidecars(stores.originals, intake.dropbox, fix=self._rules.fix):
            progress.line(self._told(damaged))
        lost = self._seems_lost(stores)
        if lost and self._rules.fix and not self._empty:
            raise CannotRun(_LOST)
        for found in lost_bytes(stores.originals, stores.renditions, fix=self._rules.fix):
            progress.line(self._told(found))
        with closing(fsck(stores, intake, self._rules, after=self.position)) as seen:
            for each in seen:
                if isinstance(each, Finding):
                    progress.line(self._told(each))
                else:
                    self.position = each.id
                    progress.step(each.images, each.id)
        for left in left_over_files(stores.originals, stores.renditions, intake.dropbox, fix=self._rules.fix):
            progress.line(self._told(left))
        for drop in expired_drops(intake.dropbox, self._rules.now(), fix=self._rules.fix):
            progress.line(self._told(drop))
        for line in self._summary(progress.done, lost=lost):
            progress.line(line)
        return 0 if self._found == self._mended else 1

    def _seems_lost(self, stores: Stores) -> bool:
        if self._found[Kind.UNLISTED_OBJECT]:
            return False  # the index is old, or was lost: what it does not know is about to be added to it
        return seems_lost(stores) or (
            not stores.originals.list(limit=1) and any(left_over_files(stores.originals, fix=False))
        )

    def _told(self, finding: Finding) -> str:
        kind, name, detail = finding.damage
        self._found[kind] += 1
        self._mended[kind] += finding.mended
        what = "mended" if finding.mended else "left" if self._rules.fix else "found"
        return " ".join(filter(None, [f"{what}: {kind.value}: {name}:", detail, finding.obstacle]))

    def _summary(self, images: int, *, lost: bool) -> Iterator[str]:
        yield f"{images:,} images looked at."
        for kind in Kind:
            if self._found[kind]:
                mended = f", {self._mended[kind]:,} mended" if self._rules.fix else ""
                yield f"  {kind.value:<22}{self._found[kind]:>9,} found{mended}"
        if not self._found:
            yield "Nothing is wrong."
        elif lost and not self._rules.fix:
            yield _LOST
        elif not self._rules.fix and set(self._found) != {Kind.STRANGER}:
            yield "Nothing was written. Mend it with: make fsck FIX=1"


def _minutes(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (minutes := float(text)) <= _WEEK:
            return minutes
    raise argparse.ArgumentTypeError(f"{text} is no number of minutes from 0 to {_WEEK:,}")


def main() -> int:
    """Check; the exit status is 1 when something is left."""
    parser = argparse.ArgumentParser(prog="make fsck", description=__doc__)
    parser.add_argument("--after", default="", metavar="ID", help="begin behind the image of that id")
    parser.add_argument("--empty", action="store_true", help="mend even where there is no original at all")
    parser.add_argument("--fix", action="store_true", help="mend what is found")
    parser.add_argument(
        "--grace", type=_minutes, default=10, metavar="MINUTES", help="leave alone what changed since; 10 by default"
    )
    parser.add_argument("--project", help="check what `make deploy` has deployed there")
    options = parser.parse_args()
    rules = Rules(fix=options.fix, grace=timedelta(minutes=options.grace))
    return carry_out("fsck", Fsck(options.after, rules, empty=options.empty), options.project)


if __name__ == "__main__":
    sys.exit(main())
