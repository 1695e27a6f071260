"""`make fsck`: find what faults have left behind in the buckets and the catalog, and mend it with FIX=1."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from typing import Final

from functions.adapters.filesystem_bucket import FilesystemBucket
from functions.domain.ports import Bucket
from functions.services.repair.diagnose import Damage, Kind
from functions.services.repair.fsck import Finding, Rules, fsck
from functions.services.repair.mend import Intake
from functions.services.repair.sighting import Stores
from tools.progress import Progress
from tools.repair import carry_out

_WEEK: Final = 7 * 24 * 60
"""Minutes."""


class Fsck:
    """One run, from behind the id `position`."""

    def __init__(self, after: str, rules: Rules) -> None:
        self.position = after
        self._rules = rules
        self._found: Counter[Kind] = Counter()
        self._mended: Counter[Kind] = Counter()

    def run(self, stores: Stores, intake: Intake, progress: Progress) -> int:
        """See `Work`."""
        with closing(fsck(stores, intake, self._rules, after=self.position)) as seen:
            for each in seen:
                if isinstance(each, Finding):
                    progress.line(self._told(each))
                else:
                    self.position = each.id
                    progress.step(each.images, each.id)
        for left in self._left_over(stores.originals, stores.renditions, intake.dropbox):
            progress.line(self._told(left))
        for line in self._summary(progress.done):
            progress.line(line)
        return 0 if self._found == self._mended else 1

    def _left_over(self, *buckets: Bucket) -> Iterator[Finding]:
        for bucket in buckets:
            if isinstance(bucket, FilesystemBucket) and (count := bucket.sweep(dry_run=not self._rules.fix)):
                damage = Damage(Kind.LEFT_OVER_FILES, bucket.name, f"No object names them ({count:,}).")
                yield Finding(damage, mended=self._rules.fix)

    def _told(self, finding: Finding) -> str:
        kind, name, detail = finding.damage
        self._found[kind] += 1
        self._mended[kind] += finding.mended
        what = "mended" if finding.mended else "left" if self._rules.fix else "found"
        return " ".join(filter(None, [f"{what}: {kind.value}: {name}:", detail, finding.obstacle]))

    def _summary(self, images: int) -> Iterator[str]:
        yield f"{images:,} images looked at."
        for kind in Kind:
            if self._found[kind]:
                mended = f", {self._mended[kind]:,} mended" if self._rules.fix else ""
                yield f"  {kind.value:<22}{self._found[kind]:>9,} found{mended}"
        if not self._found:
            yield "Nothing is wrong."
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
    parser.add_argument("--fix", action="store_true", help="mend what is found")
    parser.add_argument(
        "--grace", type=_minutes, default=10, metavar="MINUTES", help="leave alone what changed since; 10 by default"
    )
    parser.add_argument("--project", help="check what `make deploy` has deployed there")
    options = parser.parse_args()
    rules = Rules(fix=options.fix, grace=timedelta(minutes=options.grace))
    return carry_out("fsck", Fsck(options.after, rules), options.project)


if __name__ == "__main__":
    sys.exit(main())
