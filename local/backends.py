"""What the runner adds to a backend: somewhere to take object events from, and buckets to begin with."""

from threading import Thread
from typing import cast

from functions.adapters.filesystem_bucket import FilesystemBucket
from functions.adapters.outbox import Outbox
from functions.config import Backend
from functions.wiring import Wiring, install, wiring
from local.notifying import NotifyingBucket


def prepare() -> Outbox:
    """Make this process' backend ready to serve; the outbox with the events of its originals."""
    parts = wiring()
    if parts.settings.backend is Backend.GCP:
        return _cloud(parts)
    originals = cast("FilesystemBucket", parts.originals())
    renditions = cast("FilesystemBucket", parts.renditions())
    Thread(target=_sweep, args=(originals, renditions), daemon=True).start()
    return originals.outbox


def _cloud(parts: Wiring) -> Outbox:
    from functions.adapters.gcs_calls import storage_client  # noqa: PLC0415 - the embedded backend needs none of it

    settings = parts.settings
    with storage_client().use() as client:
        present = {each.name for each in client.list_buckets()}
        for name in {settings.originals_bucket, settings.renditions_bucket} - present:
            client.create_bucket(name)
    originals = NotifyingBucket(parts.originals(), settings.data / "events.db", name="originals")
    install(Wiring(settings, originals=originals))
    return originals.outbox


def _sweep(*buckets: FilesystemBucket) -> None:
    """Remove what crashes left behind; it may take a while in a large folder, and nobody has to wait for it."""
    for bucket in buckets:
        bucket.sweep()
