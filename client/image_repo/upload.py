"""`image-repo upload`."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Final

from image_repo.client import Client
from image_repo.errors import ImageRepoError, Problem
from image_repo.known import Known
from image_repo.outcome import Summary
from image_repo.patience import Stop
from image_repo.photos import Search, missing
from image_repo.report import Bar, JsonLines, Lines, Report
from image_repo.run import Options, Run

INTERRUPTED: Final = 130
"""Exit status, as a shell reports it of a program that Ctrl-C ended."""
_AGAIN: Final = "Run the same command again: it goes on where it stopped."


def upload(client: Client, paths: tuple[Path, ...], options: Options, *, as_json: bool) -> int:
    """Upload files and folders; the exit status.

    Raises:
        ImageRepoError: nothing could be begun: nothing is at a path, nobody answers, or the key is wrong.
    """
    lost = missing(paths)
    if lost is not None:
        raise ImageRepoError(f"There is no file or folder {str(lost)!r}.")
    _greet(client)
    search = Search(paths)
    run = Run(client, search, options, Known(client.link.api))
    summary = Summary(left_out=search.left_out)
    began = time.monotonic()
    with _report(paths, as_json=as_json) as report, _interruptible(client.link.stop) as interrupted:
        for outcome in run.outcomes():
            summary.add(outcome)
            report.photo(outcome)
        summary.seconds = time.monotonic() - began
        summary.ended_early = _why_early(run, interrupted=bool(interrupted))
        report.end(summary)
    if interrupted:
        return INTERRUPTED
    return 0 if summary.succeeded else 1


def _greet(client: Client) -> None:
    """One question: is anybody there, and is the key right?"""
    try:
        client.known()
    except Problem as problem:
        if not problem.is_missing_route:
            raise


def _report(paths: tuple[Path, ...], *, as_json: bool) -> AbstractContextManager[Report]:
    inner = JsonLines() if as_json else Lines()
    if not sys.stderr.isatty():
        return nullcontext(inner)
    return Bar(paths, inner, quiet=sys.stdout.isatty() and not as_json)


@contextmanager
def _interruptible(stop: Stop) -> Iterator[list[int]]:
    """Ctrl-C asks for the end, and the list is no longer empty; a second one does not ask."""
    signals: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        signals.append(number)
        signal.signal(number, signal.default_int_handler)
        stop.request()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield signals
    finally:
        signal.signal(signal.SIGINT, before)


def _why_early(run: Run, *, interrupted: bool) -> str:
    if run.error is not None:
        sentence = str(run.error)
        is_key = isinstance(run.error, Problem)
        return sentence if is_key else f"{sentence} {_AGAIN}"
    return f"Interrupted. {_AGAIN}" if interrupted else ""
