"""`make bench`: run the rows, print them, and write the report.

A complete run writes `docs/benchmarks.md`. A run of single rows, a quick run and a run with another photo only print
their results.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tools.bench import bodies, browse, cold, folder, memory, real, renditions, slow, uploads
from tools.bench.measure import ROOT, Bench, machine, on_cpus
from tools.bench.report import CannotMeasure, Section, markdown, plain
from tools.bench.servers import CPUS

ROWS: Final[dict[str, Callable[[Bench], Section]]] = {
    "renditions": renditions.run,
    "photos": real.run,
    "uploads": uploads.run,
    "folder": folder.run,
    "browse": browse.run,
    "cold": cold.run,
    "memory": memory.run,
    "bodies": bodies.run,
    "slow": slow.run,
}
REPORT: Final = ROOT / "docs" / "benchmarks.md"


def main() -> int:
    """Run the rows that the options name.

    Returns:
        The exit status: 1 if a row could not be measured. A missed target is a result, not a failure.
    """
    options = _options()
    names = options.rows or list(ROWS)
    with on_cpus(CPUS):
        facts = machine()
        try:
            sections = [_run(name, options) for name in names]
        except (CannotMeasure, ConnectionError) as error:
            print(error, file=sys.stderr)
            return 1
    if names == list(ROWS) and not options.quick and not options.photo:
        REPORT.write_text(markdown(sections, facts))
        print(f"\nThe report is in {REPORT.relative_to(ROOT)}.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"rows to run: {', '.join(ROWS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="run fewer rounds, only to check that everything works")
    parser.add_argument("--photo", type=Path, help="a JPEG for the row `renditions`, instead of a generated one")
    options = parser.parse_args()
    unknown = [each for each in options.rows if each not in ROWS]
    if unknown:
        parser.error(f"there is no row {unknown[0]}. Use {', '.join(ROWS)}")
    return options


def _run(name: str, options: argparse.Namespace) -> Section:
    began = time.monotonic()
    print(f"\n{name} …", flush=True)
    with TemporaryDirectory(prefix=f"bench-{name}-") as place:
        section = ROWS[name](Bench(Path(place), quick=options.quick, photo=options.photo))
    print(f"{plain(section)}\n({time.monotonic() - began:.0f} s)", flush=True)
    return section


if __name__ == "__main__":
    sys.exit(main())
