"""Put an image into the repository."""

import hashlib
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from functions.domain.errors import Conflict, ObjectNotFound, Unavailable
from functions.domain.ids import image_id, object_name
from functions.domain.limits import Limits
from functions.domain.metadata import Provenance, provenance_of, to_metadata
from functions.domain.model import Description, Facts, Image
from functions.domain.ports import Bucket, Catalog, Object
from functions.imaging.examine import examine
from functions.services.reconcile import entry_from_object, image_of, reconcile

log = logging.getLogger(__name__)

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that somebody wants stored. `upload_id` is new for each; the same where one is tried again."""

    data: bytes
    description: Description
    uploader: str
    upload_id: str = field(default_factory=lambda: os.urandom(12).hex())


@dataclass(frozen=True, slots=True)
class Stored:
    """The image that an upload ended as; `duplicate` when it had been there before."""

    image: Image
    duplicate: bool


def store_image(upload: Upload, catalog: Catalog, originals: Bucket, *, limits: Limits, now: datetime) -> Stored:
    """Put one image into the repository, once.

    The object's creation is the commit point; the catalog entry follows, and may be made by the storage event or by
    another upload of the same image instead.

    Raises:
        EmptyImage, UnsupportedFormat, ImageTooLarge, DamagedImage: the gate refused it; nothing was stored.
        Unavailable: nothing certain can be said; sending it again is safe.
    """
    sha256 = hashlib.sha256(upload.data).hexdigest()
    for known in catalog.find_by_sha256(sha256):
        if _exists(known, originals):
            return _found(known, upload)
    facts = examine(upload.data, limits, sha256=sha256)
    for _ in range(_ATTEMPTS):
        with suppress(ObjectNotFound):  # deleted while we were looking at it: then it is ours to store after all
            return _settle(upload, facts, catalog, originals, now)
    raise Unavailable("This image is being deleted and uploaded at the same time. Please try again.")


def _settle(upload: Upload, facts: Facts, catalog: Catalog, originals: Bucket, now: datetime) -> Stored:
    id_ = image_id(bytes.fromhex(facts.pixel_sha512))
    known = catalog.get(id_)
    if known is not None and _exists(known, originals):
        return _found(known, upload)
    origin = Provenance(upload.uploader, now, upload.upload_id, facts.sha256, facts.pixel_sha512)
    name = object_name(id_, facts.format)
    try:
        created = originals.write(
            name,
            upload.data,
            content_type=facts.format.content_type,
            metadata=to_metadata(origin, upload.description),
        )
    except Conflict:
        return _second(name, upload, facts, catalog, originals)
    image = reconcile(image_of(created, facts), known, catalog, originals)
    if image.generation == created.generation:
        return Stored(image, duplicate=False)
    _withdraw(created, originals)
    return Stored(image, duplicate=True)


def _second(name: str, upload: Upload, facts: Facts, catalog: Catalog, originals: Bucket) -> Stored:
    """Another upload created the object first; its entry may not be there yet, so help it along.

    The object may also be our own: a client library that lost the answer to its write sends it again.
    """
    present = originals.stat(name)
    if present is None:
        raise ObjectNotFound
    origin = provenance_of(present)
    image = entry_from_object(present, originals, facts=facts if origin.sha256 == facts.sha256 else None)
    image = reconcile(image, None, catalog, originals)
    return _found(image, upload)


def _found(image: Image, upload: Upload) -> Stored:
    """An image that is there: the work of another upload, or of an earlier attempt of this one."""
    return Stored(image, duplicate=image.upload_id != upload.upload_id)


def _exists(entry: Image, originals: Bucket) -> bool:
    """Whether the entry's object is there: without it, a delete is under way and the entry about to go."""
    return originals.stat(entry.object_name) is not None


def _withdraw(created: Object, originals: Bucket) -> None:
    """Remove our object beside a twin's in another format; where that fails, fsck finds it."""
    try:
        originals.delete(created.name, if_generation=created.generation)
    except (Conflict, Unavailable):
        log.warning("The twin %s of another object of its image could not be removed.", created.name)
