"""Check the databases of the embedded backend before they are used, and rebuild lost ones."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from functions.adapters.embedded.database import REMEDY, find_fault, is_empty
from functions.adapters.embedded.recovery import Rebuilt, rebuild, set_aside
from functions.domain.errors import Damaged, IndexLost, Unavailable
from functions.domain.metadata import FINGERPRINT
from functions.domain.model import FORM
from functions.wiring import filesystem_bucket

_KEPT: Final = ("originals", "dropbox")
"""Buckets whose files may be the only copy of an image."""

_CATALOG: Final = "catalog.db"
_DATABASES: Final = {
    **{f"{bucket}/index.db": ("objects", "outbox") for bucket in (*_KEPT, "renditions")},
    _CATALOG: ("images", "tags"),
    "tickets.db": ("tickets",),
    "counters.db": ("counters",),
}
"""The tables of each."""
_VERSIONS: Final = {_CATALOG: FORM}
"""The version of a database's schema, if it is not 1."""

_DEFAULT: Final = Path(".data")
"""The folder that `make` uses by default."""


class CannotRun(Exception):
    """A command cannot run. The message says why, and what to do."""


def check(data: Path, *, catalog: bool = True) -> None:
    """Check that all databases of the repository in the folder `data` exist and can be read.

    A lost database must not be replaced by an empty one without a message: the repository would seem to have no photos.

    Args:
        data: the folder.
        catalog: whether the catalog must exist too; False for a command that fills it.

    Raises:
        CannotRun: a database is damaged, in the form of an older release, or missing although the files that it
            describes exist; or images have ids of an older release.
    """
    try:
        for name, fault in _faults(data):
            raise Damaged(f"{name} is {fault}. {REMEDY}")
        photos = [_has_objects(data, each) for each in _KEPT if (data / each).is_dir()]
        if catalog and any(photos[:1]) and is_empty(data / _CATALOG):
            raise IndexLost(
                f"{_CATALOG} is missing or empty, but there are images in originals. No image is lost. {REMEDY}"
            )
        older = _count_older(data) if any(photos[:1]) else 0
    except Unavailable as error:
        raise CannotRun(f"{error.detail}{folder(data) if error.detail.endswith(REMEDY) else ''}") from None
    if older:
        raise CannotRun(
            f"{older:,} images have ids of an older release, which computed them in another way. No image is lost. "
            f"Give them their ids: make reindex{folder(data)}"
        )


def recover(data: Path, now: datetime, *, dry_run: bool) -> Iterator[str]:
    """Rebuild missing and damaged indexes of buckets from the files, and set other databases with a fault aside.

    A database with a fault is renamed. No photo is changed. With `dry_run`, nothing is written.

    Yields:
        A line for each thing that was done.

    Raises:
        CannotRun: a server uses the folder, or a dry run needs a database that is missing or damaged.
        Unavailable: the file system refuses.
    """
    damaged = dict(_faults(data, thorough=True))
    lost = [each for each in _KEPT if f"{each}/index.db" in damaged or _is_lost(data, each)]
    if not (lost or damaged or is_empty(data / _CATALOG)):
        return
    with exclusive(data):
        for each in lost:
            bucket = filesystem_bucket(data, each)
            yield from _report(rebuild(bucket, now, announce=each == "dropbox", dry_run=dry_run), each, dry_run=dry_run)
        for name, fault in damaged.items():
            if name.partition("/")[0] not in lost and not dry_run:
                yield f"{name} was {fault}. It is kept as {set_aside(data / name, now)[0].name}."
    if dry_run and (lost or damaged):
        raise CannotRun(f"Nothing was written. The rest can be checked only after: make reindex{folder(data)}")


def folder(data: Path) -> str:
    """What to add to a command of `make`, so that it works on the folder."""
    return "" if data == _DEFAULT else f" DATA={data}"


@contextmanager
def shared(data: Path) -> Iterator[None]:
    """Lock the folder so that this process, its children and other processes can use it.

    Raises:
        CannotRun: `make reindex` is rebuilding the databases in it.
    """
    with _locked(data, fcntl.LOCK_SH, "make reindex is rebuilding the databases in {}. Wait until it has finished."):
        yield


@contextmanager
def exclusive(data: Path) -> Iterator[None]:
    """Lock the folder so that only this process can use it.

    Raises:
        CannotRun: a server uses the folder.
    """
    with _locked(data, fcntl.LOCK_EX, "A server still uses the folder {}. Stop it, then run this command again."):
        yield


@contextmanager
def _locked(data: Path, kind: int, refusal: str) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            file = stack.enter_context((data / ".lock").open("a"))
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(refusal.format(data)) from None
        except OSError as error:
            raise CannotRun(
                f"{data / '.lock'} cannot be used ({error.strerror}). Make it a file that you may write, or remove it."
            ) from None
        yield


def _faults(data: Path, *, thorough: bool = False) -> Iterator[tuple[str, str]]:
    """The names of the databases that exist and cannot be used, each with its fault."""
    for name, tables in _DATABASES.items():
        try:
            if is_empty(data / name):
                continue
            fault = find_fault(data / name, tables, _VERSIONS.get(name, 1), thorough=thorough)
            if fault:
                yield name, fault
        except (sqlite3.Error, OSError) as error:
            raise CannotRun(
                f"{data / name} cannot be used: {error}. Make it a file that you may read and write, or move it away "
                f"and run: make reindex{folder(data)}"
            ) from None


def _is_lost(data: Path, bucket: str) -> bool:
    """Whether the bucket has files and no index."""
    try:
        _has_objects(data, bucket)
    except IndexLost:
        return True
    return False


def _has_objects(data: Path, bucket: str) -> bool:
    with closing(filesystem_bucket(data, bucket)) as opened:
        return (data / bucket).is_dir() and bool(opened.list(limit=1))


def _count_older(data: Path) -> int:
    with closing(filesystem_bucket(data, "originals")) as opened:
        return opened.count_without(FINGERPRINT)


def _report(rebuilt: Rebuilt, bucket: str, *, dry_run: bool) -> Iterator[str]:
    verb = "would be rebuilt" if dry_run else "was rebuilt"
    yield f"The index of {bucket} {verb} from its files: {rebuilt.objects:,} objects, {len(rebuilt.deleted):,} deleted."
    if rebuilt.set_aside:
        yield f"The old index is kept as {rebuilt.set_aside[0].name}."
    for path in rebuilt.lost:
        yield f"lost bytes: {path} is missing or truncated. Restore it from a backup, or upload the image again."
    if rebuilt.unknown:
        yield f"{rebuilt.unknown:,} files in {bucket} have no sidecar. They are kept. Upload them again to see them."
