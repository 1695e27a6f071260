"""`make reindex`: rebuild the catalog from the originals bucket."""

import argparse
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from functions.services.repair.actions import Intake
from functions.services.repair.reindex import Outcome, Step, reindex
from functions.services.repair.snapshot import Stores
from tools.progress import Progress
from tools.recover import recover
from tools.repair import carry_out

_REPORTED: Final = {Outcome.RENAMED, Outcome.TWIN, Outcome.REFUSED, Outcome.DAMAGED, Outcome.FAILED, Outcome.FOREIGN}
_LEFT: Final = {Outcome.REFUSED, Outcome.DAMAGED, Outcome.FAILED}
"""The results of objects that should have an entry, but have none."""


class Reindex:
    """One run, which continues after the id `position`."""

    def __init__(self, after: str, *, dry_run: bool) -> None:
        self.position = after
        self._dry_run = dry_run
        self._counts: Counter[Outcome] = Counter()

    def prepare(self, data: Path, progress: Progress) -> None:
        """See `Work`. Rebuilds missing and damaged databases."""
        for line in recover(data, datetime.now(UTC), dry_run=self._dry_run):
            progress.line(line)

    def run(self, stores: Stores, intake: Intake, progress: Progress) -> int:
        """See `Work`. Drops have no entries, so `intake` is not used."""
        del intake
        with closing(reindex(stores, after=self.position, dry_run=self._dry_run)) as steps:
            for each in steps:
                self._report(each, progress)
        progress.line(self._summary())
        return 1 if any(self._counts[each] for each in _LEFT) else 0

    def _report(self, step: Step, progress: Progress) -> None:
        self._counts[step.outcome] += 1
        self.position = step.id or self.position
        if step.outcome in _REPORTED:
            progress.line(f"{step.outcome.value}: {step.name}: {step.detail}")
        elif self._dry_run and step.outcome is Outcome.MADE:
            progress.line(f"would be made: {step.name}")
        progress.step(1, self.position)

    def _summary(self) -> str:
        made = "would be made" if self._dry_run else "made"
        names = {Outcome.MADE: made, Outcome.AGREES: "agree", Outcome.TWIN: "twins", Outcome.FOREIGN: "foreign objects"}
        counts = [f"{count:,} {names.get(each, each.value)}" for each in Outcome if (count := self._counts[each])]
        return f"{self._counts.total():,} objects: {', '.join(counts)}." if counts else "There are no originals."


def main() -> int:
    """Rebuild the catalog.

    Returns:
        The exit status: 1 if an original still has no entry.
    """
    parser = argparse.ArgumentParser(prog="make reindex", description=__doc__)
    parser.add_argument("--after", default="", metavar="ID", help="begin after the image with this id")
    parser.add_argument("--dry-run", action="store_true", help="only print what would be made; write nothing")
    parser.add_argument("--project", help="rebuild the deployment in this project on Google Cloud")
    options = parser.parse_args()
    return carry_out("reindex", Reindex(options.after, dry_run=options.dry_run), options.project)


if __name__ == "__main__":
    sys.exit(main())
