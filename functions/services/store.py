"""Store an image in the repository."""

import hashlib
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from functions.domain.callers import Caller
from functions.domain.errors import Conflict, ObjectNotFound, Unavailable
from functions.domain.filling import Words
from functions.domain.ids import image_id, object_name
from functions.domain.limits import Limits
from functions.domain.metadata import Provenance, provenance_of, to_metadata
from functions.domain.model import Description, Facts, Image
from functions.domain.ports import Bucket, Catalog, Object
from functions.imaging.examine import examine
from functions.services.fill import fill_words
from functions.services.reconcile import entry_from_object, image_of, reconcile

log = logging.getLogger(__name__)

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Upload:
    """One file to store. `upload_id` is new for each upload, and the same for each attempt at one upload."""

    data: bytes
    description: Description
    caller: Caller
    upload_id: str = field(default_factory=lambda: os.urandom(12).hex())


@dataclass(frozen=True, slots=True)
class Stored:
    """The image that an upload results in; `duplicate` if it existed before.

    `words` is the effect of a duplicate's description; None if the image is new, or the duplicate had no description.
    """

    image: Image
    duplicate: bool
    words: Words | None = None


def store_image(upload: Upload, catalog: Catalog, originals: Bucket, *, limits: Limits, now: datetime) -> Stored:
    """Store one image, once.

    The creation of the object is the commit point. The catalog entry follows: from this call, from the storage event,
    or from another upload of the same image. The description of a duplicate fills what is empty in the stored image.

    Raises:
        EmptyImage, UnsupportedFormat, ImageTooLarge, DamagedImage: the gate refused the file; nothing was stored.
        Unavailable: it is not certain whether the image was stored. The upload can be sent again.
    """
    sha256 = hashlib.sha256(upload.data).hexdigest()
    for known in catalog.find_by_sha256(sha256):
        with suppress(ObjectNotFound):  # it is being deleted, and the deletion removes the entry
            return _found(known, upload, catalog, originals)
    facts = examine(upload.data, limits, sha256=sha256)
    for _ in range(_ATTEMPTS):
        with suppress(ObjectNotFound):  # the existing object was deleted in between, so this upload must store it
            return _store(upload, facts, catalog, originals, now)
    raise Unavailable("This image is being deleted and uploaded at the same time. Try again.")


def _store(upload: Upload, facts: Facts, catalog: Catalog, originals: Bucket, now: datetime) -> Stored:
    id_ = image_id(bytes.fromhex(facts.pixel_sha512))
    known = catalog.get(id_)
    if known is not None:
        with suppress(ObjectNotFound):
            return _found(known, upload, catalog, originals)
    provenance = Provenance(upload.caller.name, now, upload.upload_id, facts.sha256, facts.pixel_sha512)
    name = object_name(id_, facts.format)
    try:
        created = originals.write(
            name,
            upload.data,
            content_type=facts.format.content_type,
            metadata=to_metadata(provenance, upload.description),
        )
    except Conflict:
        return _existing(name, upload, facts, catalog, originals)
    image = reconcile(image_of(created, facts), known, catalog, originals)
    if image.generation == created.generation:
        return Stored(image, duplicate=False)
    _delete_twin(created, originals)
    return _found(image, upload, catalog, originals)


def _existing(name: str, upload: Upload, facts: Facts, catalog: Catalog, originals: Bucket) -> Stored:
    """The image of an object that already exists. Creates its entry, which may not exist yet.

    Usually another upload was first. It can also be this one: a client library that receives no response to its write
    sends it again.
    """
    present = originals.stat(name)
    if present is None:
        raise ObjectNotFound
    provenance = provenance_of(present)
    image = entry_from_object(present, originals, facts=facts if provenance.sha256 == facts.sha256 else None)
    image = reconcile(image, None, catalog, originals)
    return _found(image, upload, catalog, originals, seen=present)


def _found(image: Image, upload: Upload, catalog: Catalog, originals: Bucket, seen: Object | None = None) -> Stored:
    """The result for an image that exists, from another upload or from an earlier attempt at this one.

    `seen` is an object that was just read; it is read again if another one has the entry.

    Raises:
        ObjectNotFound: the object does not exist. A deletion is in progress, and it removes the entry.
    """
    if seen is None or seen.name != image.object_name:
        seen = originals.stat(image.object_name)
    if seen is None:
        raise ObjectNotFound
    if image.upload_id == upload.upload_id:
        return Stored(image, duplicate=False)
    filled = fill_words(image, seen, upload.description, caller=upload.caller, catalog=catalog, originals=originals)
    return Stored(filled.image, duplicate=True, words=filled.words)


def _delete_twin(created: Object, originals: Bucket) -> None:
    """Delete the new object: an object of the same image in another format has the entry."""
    try:
        originals.delete(created.name, if_generation=created.generation)
    except (Conflict, Unavailable):
        log.warning("The twin %s could not be removed. Remove it with: make fsck FIX=1", created.name)
