"""How a run speaks: a bar on a terminal, lines in a pipe, JSON for programs."""

import json
import sys
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from tqdm import tqdm

from image_repo.outcome import WORDS, Outcome, State, Summary
from image_repo.photos import Search

_LABELS: Final = {
    State.STORED: "stored",
    State.PRESENT: "there already",
    State.COPY: "copies of others",
    State.NEW: "would be sent",
    State.INTERRUPTED: "let go",
    State.REFUSED: "refused",
    State.FAILED: "failed",
}
_KILO: Final = 1000
_MOST_KINDS: Final = 8


class Report(Protocol):
    """Somebody who is told of each photo, and of the sum."""

    def photo(self, outcome: Outcome) -> None:
        """One photo has come to its end."""

    def end(self, summary: Summary) -> None:
        """All have, or the run was stopped."""


class JsonLines:
    """A JSON object on each line; the last has `summary`."""

    def photo(self, outcome: Outcome) -> None:
        """Print it."""
        print(json.dumps(outcome.json()), flush=True)

    def end(self, summary: Summary) -> None:
        """Print it."""
        print(json.dumps(summary.json()), flush=True)


class Lines:
    """A line for each photo, and the sum for people."""

    def photo(self, outcome: Outcome) -> None:
        """Print it."""
        word = WORDS.get(outcome.state, outcome.state.value)
        more = outcome.detail or outcome.image.get("url") or outcome.image.get("id") or ""
        print(printable(f"{word}  {outcome.path}  {more}".rstrip()), flush=True)

    def end(self, summary: Summary) -> None:
        """Print it."""
        print(in_words(summary), flush=True)


class Bar:
    """A bar on the terminal, behind another report that speaks of single photos only where that is not a terminal."""

    def __init__(self, roots: tuple[Path, ...], inner: Report, *, quiet: bool) -> None:
        self._inner = inner
        self._quiet = quiet
        self._bar: tqdm[Any] = tqdm(total=0, unit=" photos", file=sys.stderr, dynamic_ncols=True, smoothing=0.1)
        self._summary = Summary()
        threading.Thread(target=self._count, args=(roots,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.close()

    def photo(self, outcome: Outcome) -> None:
        """Move on by one."""
        self._summary.add(outcome)
        bad = len(self._summary.bad)
        self._bar.set_postfix_str(
            f"{size(self._summary.sent)} sent{f', {bad} in trouble' if bad else ''}", refresh=False
        )
        self._bar.update()
        if not self._quiet:
            with self._bar.external_write_mode():
                self._inner.photo(outcome)

    def end(self, summary: Summary) -> None:
        """Leave the bar as it is, and print the sum below."""
        self._bar.close()
        self._inner.end(summary)

    def _count(self, roots: tuple[Path, ...]) -> None:
        """Walk the folders ahead of everything else, for the time left."""
        for count, _ in enumerate(Search(roots).photos(), 1):
            self._bar.total = count


def in_words(summary: Summary) -> str:
    """The sum for people, over several lines."""
    done = summary.counts.total()
    photos = "photo" if done == 1 else "photos"
    speed = f"{summary.seconds:.1f} s ({summary.rate:.1f} a second)"
    lines = [f"{done:,} {photos} in {speed}, {size(summary.sent)} sent"]
    for state, label in _LABELS.items():
        if summary.counts[state]:
            lines.append(f"  {summary.counts[state]:>7,} {label}")
            lines += [f"            {each.path}: {each.detail}" for each in summary.bad if each.state is state]
    if summary.left_out:
        lines.append(f"  {summary.left_out.total():>7,} files left out ({_kinds(summary.left_out)})")
    if summary.ended_early:
        lines.append(summary.ended_early)
    return "\n".join(map(printable, lines))


def size(count: int) -> str:
    """Bytes for people."""
    number = float(count)
    for unit in ("bytes", "kB", "MB"):
        if number < _KILO:
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= _KILO
    return f"{number:.1f} GB"


def printable(text: str) -> str:
    """The text without what would steer a terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _kinds(left_out: Counter[str]) -> str:
    names = {".": "hidden", "": "without an extension"}
    most = left_out.most_common(_MOST_KINDS)
    words = [f"{count:,} {names.get(kind, kind)}" for kind, count in most]
    if rest := left_out.total() - sum(count for _, count in most):
        words.append(f"{rest:,} others")
    return ", ".join(words)
