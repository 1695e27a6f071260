"""The command `upload`."""

import signal
import sys
import time
from argparse import Namespace
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Final

from image_repo.cancellation import Cancellation
from image_repo.cli.report import Bar, JsonLines, Lines, Report
from image_repo.client import Client
from image_repo.errors import APIError, ImageRepoError
from image_repo.sync.cache import DuplicateCache
from image_repo.sync.options import Options
from image_repo.sync.pipeline import Pipeline
from image_repo.sync.results import Summary
from image_repo.sync.scan import Scan, first_missing

INTERRUPTED: Final = 130
"""The exit status that shells report for a program that Ctrl-C ended."""
_RESUME: Final = "Run the same command again to continue."


def upload(client: Client, options: Namespace) -> int:
    """Upload files and folders; the exit status.

    Raises:
        ImageRepoError: the run cannot start: a path does not exist, the service does not answer, or the key is wrong.
    """
    paths = tuple(options.paths)
    missing = first_missing(paths)
    if missing is not None:
        raise ImageRepoError(f"{str(missing)!r} does not exist. Give the path of a file or folder.")
    _check_service(client)
    scan = Scan(paths)
    chosen = Options(options.album, options.tags, options.keywords, options.jobs, options.dry_run)
    pipeline = Pipeline(client, scan, chosen, DuplicateCache(client.transport.api))
    summary = Summary(skipped=scan.skipped)
    began = time.monotonic()
    with _report(paths, as_json=options.json) as report, _on_interrupt(client.transport.cancellation) as interrupts:
        for outcome in pipeline.outcomes():
            summary.add(outcome)
            report.photo(outcome)
        summary.seconds = time.monotonic() - began
        summary.ended_early = _why_early(pipeline.error, interrupted=bool(interrupts))
        report.end(summary)
    if interrupts:
        return INTERRUPTED
    return 0 if summary.succeeded else 1


def _check_service(client: Client) -> None:
    """Send one request, to learn whether the service answers and accepts the key. An older one has no such route."""
    try:
        client.check()
    except APIError as error:
        if not error.is_route_missing:
            raise


def _report(paths: tuple[Path, ...], *, as_json: bool) -> AbstractContextManager[Report]:
    inner = JsonLines() if as_json else Lines()
    if not sys.stderr.isatty():
        return nullcontext(inner)
    return Bar(paths, inner, quiet=sys.stdout.isatty() and not as_json)


@contextmanager
def _on_interrupt(cancellation: Cancellation) -> Generator[list[int], None, None]:
    """Let the first Ctrl-C cancel the run, and the second one end the program; the list collects the first."""
    signals: list[int] = []

    def cancel(number: int, frame: FrameType | None) -> None:
        del frame
        signals.append(number)
        signal.signal(number, signal.default_int_handler)
        cancellation.request()

    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield signals
    finally:
        signal.signal(signal.SIGINT, before)


def _why_early(error: ImageRepoError | None, *, interrupted: bool) -> str:
    if isinstance(error, APIError):
        return str(error)
    if error is not None:
        return f"{error} {_RESUME}"
    return f"Interrupted. {_RESUME}" if interrupted else ""
