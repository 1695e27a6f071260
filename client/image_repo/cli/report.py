"""How `image-repo upload` reports its progress: a bar on a terminal, lines in a pipe, JSON for programs."""

import json
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Protocol, Self

from tqdm import tqdm

from image_repo.sync.results import Outcome, State, Summary
from image_repo.sync.scan import Scan
from image_repo.text import single_line

_PHOTO_LABELS: Final = {State.PRESENT: "already there", State.COPY: "copy", State.NEW: "would be sent"}
"""In the line of one photo, where the name of the state is not clear enough."""
_SUMMARY_LABELS: Final = {
    State.STORED: "stored",
    State.PRESENT: "already there",
    State.COPY: "copies of other files",
    State.NEW: "would be sent",
    State.INTERRUPTED: "interrupted",
    State.REFUSED: "refused",
    State.FAILED: "failed",
}
_MAX_KINDS: Final = 8
_KILO: Final = 1000


class Report(Protocol):
    """Receives the outcome of each photo, and the summary."""

    def photo(self, outcome: Outcome) -> None:
        """Report one photo."""

    def end(self, summary: Summary) -> None:
        """Report the end of the run."""


class JsonLines:
    """A JSON object on each line; the last one is the summary."""

    def photo(self, outcome: Outcome) -> None:
        """Print the object of one photo."""
        print(json.dumps(outcome.json()), flush=True)

    def end(self, summary: Summary) -> None:
        """Print the object of the summary."""
        print(json.dumps(summary.json()), flush=True)


class Lines:
    """A line for each photo, and a summary to read."""

    def photo(self, outcome: Outcome) -> None:
        """Print the line of one photo."""
        label = _PHOTO_LABELS.get(outcome.state, outcome.state.value)
        details = outcome.detail or outcome.url or outcome.image_id or ""
        words = [f"{name} {', '.join(each)}" for name, each in _words(outcome) if each]
        details = "  ".join(filter(None, (details, *words)))
        print(single_line(f"{label}  {outcome.path}  {details}".rstrip()), flush=True)

    def end(self, summary: Summary) -> None:
        """Print the summary."""
        print(format_summary(summary), flush=True)


class Bar:
    """A progress bar on standard error, beside another report. If `quiet`, that one gets the summary alone."""

    def __init__(self, roots: tuple[Path, ...], inner: Report, *, quiet: bool) -> None:
        self._inner = inner
        self._quiet = quiet
        tqdm.set_lock(threading.RLock())  # its default needs a semaphore, which not every system grants
        self._bar: tqdm[Any] = tqdm(total=0, unit=" photos", file=sys.stderr, dynamic_ncols=True, smoothing=0.1)
        self._summary = Summary()
        threading.Thread(target=self._count, args=(roots,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def photo(self, outcome: Outcome) -> None:
        """Advance the bar by one."""
        self._summary.add(outcome)
        bad = len(self._summary.bad)
        failures = f", {bad} not stored" if bad else ""
        self._bar.set_postfix_str(f"{format_size(self._summary.bytes_sent)} sent{failures}", refresh=False)
        self._bar.update()
        if not self._quiet:
            with self._bar.external_write_mode():
                self._inner.photo(outcome)

    def end(self, summary: Summary) -> None:
        """Leave the bar unchanged, and report the end below it."""
        self._bar.close()
        self._inner.end(summary)

    def _count(self, roots: tuple[Path, ...]) -> None:
        """Scan the folders ahead of the uploads, so that the bar can estimate the time left."""
        for count, _ in enumerate(Scan(roots).photos(), 1):
            self._bar.total = count


def format_summary(summary: Summary) -> str:
    """The summary in words, on several lines."""
    total = summary.counts.total()
    photos = "photo" if total == 1 else "photos"
    speed = f"{summary.seconds:.1f} s ({summary.rate:.1f} per second)"
    lines = [f"{total:,} {photos} in {speed}, {format_size(summary.bytes_sent)} sent"]
    for state, label in _SUMMARY_LABELS.items():
        if summary.counts[state]:
            lines.append(f"  {summary.counts[state]:>7,} {label}")
            lines += [f"            {each.path}: {each.detail}" for each in summary.bad if each.state is state]
    if summary.filled:
        lines.append(f"  {summary.filled:>7,} gave words to images that were there")
    if summary.kept:
        lines.append(f"  {summary.kept:>7,} with other words than their images, which keep their own")
    if summary.skipped:
        lines.append(f"  {summary.skipped.total():>7,} files skipped ({_format_kinds(summary.skipped)})")
    if summary.ended_early:
        lines.append(summary.ended_early)
    return "\n".join(map(single_line, lines))


def format_size(count: int) -> str:
    """A number of bytes with a unit."""
    number = float(count)
    for unit in ("bytes", "kB", "MB"):
        if number < _KILO:
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= _KILO
    return f"{number:.1f} GB"


def _words(outcome: Outcome) -> Iterable[tuple[str, Iterable[str]]]:
    return (("filled", outcome.filled), ("kept", outcome.kept))


def _format_kinds(skipped: Counter[str]) -> str:
    names = {".": "hidden", "": "without an extension"}
    most = skipped.most_common(_MAX_KINDS)
    words = [f"{count:,} {names.get(kind, kind)}" for kind, count in most]
    if rest := skipped.total() - sum(count for _, count in most):
        words.append(f"{rest:,} others")
    return ", ".join(words)
