"""Prepares a backend for the runner: creates the buckets, and finds the sources of object events."""

import logging
import time
from collections.abc import Sequence
from threading import Thread
from typing import Final, cast

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.leftovers import Tidied, tidy
from functions.adapters.embedded.outbox import Outbox
from functions.adapters.embedded.signer import LocalSigner
from functions.config import Backend
from functions.domain.errors import Unavailable
from functions.wiring import Wiring, install, wiring
from local.notifying import NotifyingBucket

log = logging.getLogger(__name__)

_DAY: Final = 24 * 60 * 60.0
_OLD_INDEX: Final = (
    "An update was interrupted, or the index is from a backup. Bring the index to their state with: make fsck FIX=1"
)
_ADVICE: Final = "List them with: make fsck. Add them to the index with: make fsck FIX=1"


def prepare() -> list[Outbox]:
    """Prepare the backend of this process.

    Returns:
        The outboxes with the events of its buckets.
    """
    parts = wiring()
    if parts.settings.backend is Backend.GCP:
        return _cloud(parts)
    buckets = [cast("FilesystemBucket", each) for each in (parts.originals(), parts.dropbox(), parts.renditions())]
    if not buckets[0].reserve.keep():
        log.warning("The disk is full. Only deletions succeed until there is space again.")
    Thread(target=_tidy_daily, args=(buckets,), daemon=True).start()
    return [each.outbox for each in buckets if each.notifies]


def _cloud(parts: Wiring) -> list[Outbox]:
    """Prepare the emulators. The one of Cloud Storage has no events and no signed URLs, so the runner adds both."""
    from functions.adapters.gcp.storage import storage_client  # noqa: PLC0415 - the embedded backend does not need it

    settings = parts.settings
    with storage_client().use() as client:
        present = {each.name for each in client.list_buckets()}
        for name in {settings.originals_bucket, settings.renditions_bucket, settings.dropbox_bucket} - present:
            client.create_bucket(name)
    originals = NotifyingBucket(parts.originals(), settings.data / "events.db", name="originals")
    dropbox = NotifyingBucket(parts.dropbox(), settings.data / "dropbox-events.db", name="dropbox")
    signer = LocalSigner(settings.data / "signing-secret")
    install(Wiring(settings, originals=originals, dropbox=dropbox, signer=signer))
    return [originals.outbox, dropbox.outbox]


def _tidy_daily(buckets: Sequence[FilesystemBucket]) -> None:
    """Repair the sidecars, and log how many files the indexes do not list. Only `make fsck` removes files."""
    while True:
        for bucket in buckets:
            try:
                _report(bucket.name, tidy(bucket))
            except Unavailable as error:
                log.warning("the files of %s cannot be checked: %s", bucket.name, error.detail)
        time.sleep(_DAY)


def _report(bucket: str, found: Tidied) -> None:
    if found.repaired:
        log.warning("%s: %d sidecars were missing or damaged. They were written again.", bucket, found.repaired)
    if found.newer:
        log.warning("%s: %d sidecars are newer than the index. %s", bucket, found.newer, _OLD_INDEX)
    elif found.unlisted:
        log.warning("%s: %d files are not in the index. They are kept. %s", bucket, found.unlisted, _ADVICE)
