"""Helpers of the tests of reindex and fsck: they run both, damage a repository, and read its whole state."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, cast

from functions.domain.ids import image_id, object_name
from functions.domain.metadata import FINGERPRINT
from functions.domain.model import Image, Renditions
from functions.domain.ports import Bucket, Object, Tally
from functions.domain.renditions import GENERATION
from functions.domain.wall_time import parse
from functions.services.repair.actions import Intake
from functions.services.repair.fsck import Finding, Rules, fsck
from functions.services.repair.reindex import Step, reindex
from functions.services.repair.snapshot import Stores
from tests.faults import Fault, faulty
from tests.harness import Service
from tests.photos import photo, png, webp

AT_ONCE = Rules(grace=timedelta(0), settle=0, threads=1, now=lambda: datetime.now(UTC) + timedelta(seconds=1))
"""Rules without a grace, so that new problems are found too, and with one thread, so that calls can be counted."""
FIXING = replace(AT_ONCE, fix=True)


@cache
def picture() -> bytes:
    return png(photo(170, 100))


@cache
def twin() -> bytes:
    """The picture in another format. Its pixels are the same, so that it is a second object of the same image."""
    return webp(photo(170, 100), lossless=True)


def stores_of(service: Service, fault: Fault | None = None) -> Stores:
    fault = fault or Fault()
    return Stores(
        faulty(service.catalog, fault),
        faulty(cast("Bucket", service.originals), fault),
        faulty(service.renditions, fault),
        faulty(service.counters, fault),
    )


def intake_of(service: Service, fault: Fault | None = None) -> Intake:
    fault = fault or Fault()
    return Intake(faulty(cast("Bucket", service.dropbox), fault), faulty(service.tickets, fault))


def run_reindex(service: Service, fault: Fault | None = None, **options: Any) -> list[Step]:
    return list(reindex(stores_of(service, fault), **{"threads": 1, **options}))


def run_fsck(service: Service, rules: Rules, fault: Fault | None = None, after: str = "") -> list[Finding]:
    seen = fsck(stores_of(service, fault), intake_of(service, fault), rules, after=after)
    return [each for each in seen if isinstance(each, Finding)]


def empty_catalog(service: Service) -> None:
    for entry in service.entries().values():
        service.catalog.delete(seen=entry)


def state(service: Service) -> dict[str, Sequence[object]]:
    """Everything in the repository, with versions and generations."""
    entries = list(service.entries().values())
    return {
        "catalog": [(each, each.version) for each in entries],
        "originals": service.originals.list(),
        "renditions": service.renditions.list(),
        "dropbox": service.dropbox.list(),
    }


# --- damage -----------------------------------------------------------------------------------------------------------


def only_entry(service: Service) -> Image:
    (entry,) = service.entries().values()
    return entry


def rewrite(bucket: Bucket, seen: Object, data: bytes, **changes: str) -> Object:
    """Replace an object by one with these bytes and with these changes of its metadata."""
    metadata = {**seen.metadata, **changes}
    content_type, generation = seen.content_type, seen.generation
    return bucket.write(seen.name, data, content_type=content_type, metadata=metadata, if_generation=generation)


def remove_all(bucket: Bucket) -> None:
    for each in bucket.list():
        bucket.delete(each.name, if_generation=each.generation)


def forget_events(service: Service) -> None:
    """Lose the events that are waiting now."""
    for event in service.pending_events():
        service.done(event)


def upload(service: Service) -> None:
    assert service.upload(picture(), caption="before", tags="one,two").status_code in {200, 201}


def store(service: Service) -> None:
    upload(service)
    service.deliver()


def lose_object(service: Service) -> None:
    remove_all(service.originals)


def lose_entry(service: Service) -> None:
    empty_catalog(service)


def lose_entry_and_renditions(service: Service) -> None:
    empty_catalog(service)
    remove_all(service.renditions)


def rewrite_object(service: Service) -> None:
    """Write the same object again, as a restore from a backup does. It gets another generation."""
    (original,) = service.originals.list()
    rewrite(service.originals, original, picture())


def change_metadata(service: Service) -> None:
    """Do the first half of an update: change the object, and not the entry."""
    (original,) = service.originals.list()
    service.originals.set_metadata(original, {**original.metadata, "caption": "after"})


def make_older(service: Service) -> None:
    """Give every image what an older release gave it: another id, computed by other rules, and no fingerprint."""
    for each in service.originals.list():
        entry = service.catalog.get(each.name.partition(".")[0])
        assert entry is not None
        _, data = service.originals.read(each.name)
        old_id = image_id(sha512(entry.id.encode()).digest())
        metadata = {name: text for name, text in each.metadata.items() if name != FINGERPRINT}
        written = service.originals.write(
            object_name(old_id, entry.facts.format), data, content_type=each.content_type, metadata=metadata
        )
        facts = replace(entry.facts, fingerprint="")
        service.catalog.create(replace(entry, id=old_id, facts=facts, generation=written.generation, metageneration=1))
        service.originals.delete(each.name, if_generation=each.generation)
        service.catalog.delete(seen=entry)
        service.counters.add(Tally.VIEWS, {old_id: 3}, timeout=5)
    remove_all(service.renditions)
    forget_events(service)


def restore_older_object(service: Service) -> None:
    """Leave an entry that is newer than its object, as the restore of an older bucket does."""
    entry = only_entry(service)
    ahead = replace(entry.description, caption="from the future")
    service.catalog.replace(replace(entry, description=ahead, metageneration=99), seen=entry)


def keep_old_form(service: Service) -> None:
    """Give the entry the form of an older release, in which the time of the camera was a moment in UTC."""
    entry = only_entry(service)
    facts = replace(entry.facts, taken_at=parse("2021-07-04T08:30:00Z"))
    service.catalog.replace(replace(entry, form=1, facts=facts), seen=entry)


def add_twin(service: Service) -> None:
    """Leave the object of a second upload that lost the race, and failed before it removed its object."""
    (first,) = (each for each in service.originals.list() if each.name.endswith(".png"))
    metadata = {**first.metadata, "sha256": sha256(twin()).hexdigest(), "upload_id": "another"}
    name = first.name.replace(".png", ".webp")
    service.originals.write(name, twin(), content_type="image/webp", metadata=metadata)


def put_invalid_object_first(service: Service) -> None:
    """Put an invalid object with the id of the image before its original, and remove the renditions."""
    (original,) = service.originals.list()
    _, data = service.originals.read(original.name)
    remove_all(service.originals)
    invalid = original.name.replace(".png", ".jpg")
    service.originals.write(invalid, b"not an image", content_type="image/jpeg")
    service.originals.write(original.name, data, content_type=original.content_type, metadata=original.metadata)
    remove_all(service.renditions)
    forget_events(service)


def lose_bytes(data: Path, *lost: Object, bucket: str = "originals") -> None:
    """Delete the files of these objects from an embedded repository."""
    with closing(sqlite3.connect(data / bucket / "index.db")) as index:
        for each in lost:
            (blob,) = index.execute("SELECT blob FROM objects WHERE name = ?", (each.name,)).fetchone()
            (data / bucket / "blobs" / blob).unlink()


def lose_rendition(service: Service) -> None:
    first = service.renditions.list()[0]
    service.renditions.delete(first.name, if_generation=first.generation)


def swap_rendition(service: Service) -> None:
    """Replace a rendition by another file."""
    rewrite(service.renditions, service.renditions.list()[0], b"something else")


def leave_pending(service: Service) -> None:
    """Leave an entry without renditions, as an event does that fails before it changes the entry."""
    entry = only_entry(service)
    service.catalog.replace(replace(entry, renditions=Renditions(), placeholder=None), seen=entry)


def leave_pending_without_renditions(service: Service) -> None:
    leave_pending(service)
    remove_all(service.renditions)


def age_rendition(service: Service) -> None:
    """Leave a rendition of an earlier original of the image."""
    first = service.renditions.list()[0]
    service.renditions.set_metadata(first, {**first.metadata, GENERATION: "0"})


def keep_old_recipe(service: Service) -> None:
    image = only_entry(service)
    metadata = {GENERATION: str(image.generation)}
    service.renditions.write(f"{image.id}/r1/160.webp", b"old", content_type="image/webp", metadata=metadata)


def keep_old_width(service: Service) -> None:
    image = only_entry(service)
    metadata = {GENERATION: str(image.generation)}
    service.renditions.write(f"{image.id}/r2/80.webp", b"old", content_type="image/webp", metadata=metadata)


def orphan_renditions(service: Service) -> None:
    empty_catalog(service)
    remove_all(service.originals)


def leave_drop(service: Service) -> None:
    service.drop("holiday/new.png", png(photo(90, 60)))


def leave_duplicate(service: Service) -> None:
    service.drop("holiday/twin.webp", twin(), "image/webp")


def leave_invalid_drop(service: Service) -> None:
    service.drop("holiday/notes.jpg", b"not an image")


DAMAGES: dict[str, tuple[Callable[[Service], None], str, int]] = {
    "an entry without its object": (lose_object, "entry without object", 0),
    "an object without its entry": (lose_entry, "object without entry", 1),
    "an object without its entry and its renditions": (lose_entry_and_renditions, "object without entry", 1),
    "an entry of another generation": (rewrite_object, "stale entry", 1),
    "an entry that missed an update": (change_metadata, "stale entry", 1),
    "an entry that is newer than its object": (restore_older_object, "stale entry", 1),
    "an entry in the form of an older release": (keep_old_form, "stale entry", 1),
    "a twin": (add_twin, "twin", 1),
    "a missing rendition": (lose_rendition, "missing renditions", 1),
    "a rendition of another size": (swap_rendition, "missing renditions", 1),
    "a pending entry with renditions": (leave_pending, "missing renditions", 1),
    "a pending entry without renditions": (leave_pending_without_renditions, "missing renditions", 1),
    "a rendition of an older original": (age_rendition, "stale renditions", 1),
    "a rendition of an older recipe": (keep_old_recipe, "stale renditions", 1),
    "a rendition of another width": (keep_old_width, "stale renditions", 1),
    "renditions without an original": (orphan_renditions, "orphan renditions", 0),
    "a drop that was not ingested": (leave_drop, "stuck drop", 2),
    "a drop of a stored image": (leave_duplicate, "stuck drop", 1),
    "a drop that is not an image": (leave_invalid_drop, "stuck drop", 1),
}
"""By name: how to damage a repository with one image, the problem that fsck reports, and the images after a repair."""
