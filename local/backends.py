"""What the runner adds to a backend: somewhere to take object events from, and buckets to begin with."""

from contextlib import suppress
from datetime import UTC, datetime
from threading import Thread
from typing import cast

from functions.adapters.filesystem_bucket import FilesystemBucket
from functions.adapters.local_signing import LocalSigner
from functions.adapters.outbox import Outbox
from functions.config import Backend
from functions.domain.drops import is_refused
from functions.domain.errors import Conflict
from functions.domain.ports import Bucket
from functions.domain.tickets import REMEMBERED
from functions.wiring import Wiring, install, wiring
from local.notifying import NotifyingBucket


def prepare() -> list[Outbox]:
    """Make this process' backend ready to serve; the outboxes with the events of its buckets."""
    parts = wiring()
    if parts.settings.backend is Backend.GCP:
        return _cloud(parts)
    buckets = [cast("FilesystemBucket", each) for each in (parts.originals(), parts.dropbox(), parts.renditions())]
    Thread(target=_sweep, args=(parts.dropbox(), *buckets), daemon=True).start()
    return [each.outbox for each in buckets if each.notifies]


def _cloud(parts: Wiring) -> list[Outbox]:
    """The emulator of Cloud Storage tells of no changes and knows no signatures; so both are the runner's own."""
    from functions.adapters.gcs_calls import storage_client  # noqa: PLC0415 - the embedded backend needs none of it

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


def _sweep(dropbox: Bucket, *buckets: FilesystemBucket) -> None:
    """Remove what crashes left behind, and what was refused a week ago; nobody has to wait for it."""
    for drop in dropbox.list():
        if is_refused(drop) and datetime.now(UTC) - drop.updated > REMEMBERED:
            with suppress(Conflict):  # replaced just now
                dropbox.delete(drop.name, if_generation=drop.generation)
    for bucket in buckets:
        bucket.sweep()
