"""Make the catalog agree with the originals bucket. Entries are created only here.

The functions are level-triggered: each reads the present state and moves the catalog towards it. So it can be called
twice, late, by several callers at once, or again after a crash.
"""

import hashlib
from contextlib import suppress
from dataclasses import replace

from functions.domain.errors import Conflict, ImageRefused
from functions.domain.ids import image_id, parse_object_name
from functions.domain.limits import TICKET_LIMITS
from functions.domain.metadata import description_of, provenance_of
from functions.domain.model import Facts, Image
from functions.domain.ports import Bucket, Catalog, Object


def entry_from_object(source: Object, originals: Bucket, *, facts: Facts | None = None) -> Image:
    """The entry that belongs to `source`.

    Args:
        source: the object.
        originals: its bucket.
        facts: the facts of exactly these bytes, if they are known. They save reading and decoding the object.

    Raises:
        ObjectNotFound: the object was deleted in the meantime.
        ImageRefused: the object is not an image. It did not pass the gate: another program wrote it.
    """
    if facts is None:
        source, data = originals.read(source.name)
        facts = facts_of(source, data)
    return image_of(source, facts)


def facts_of(source: Object, data: bytes) -> Facts:
    """The facts of an object's bytes. Bytes that have passed the gate are not decoded again.

    An upload writes two hashes into the metadata: that of the file, and that of the pixels, from which the id derives.
    If the bytes match the first one and the object's name matches the second one, no decode is needed.

    Raises:
        ImageRefused: the bytes are not an image, or their format is not the one in the object's name.
    """
    from functions.imaging.examine import describe, examine

    sha256, provenance = hashlib.sha256(data).hexdigest(), provenance_of(source)
    if provenance.sha256 == sha256 and source.name.startswith(f"{_id_of(provenance.fingerprint)}."):
        facts = describe(data, TICKET_LIMITS, sha256=sha256, fingerprint=provenance.fingerprint)
    else:
        facts = examine(data, TICKET_LIMITS, sha256=sha256)
    if not source.name.endswith(f".{facts.format.extension}"):
        raise ImageRefused(f"The extension of {source.name} is wrong: the file's format is {facts.format.name}.")
    return facts


def check_picture(name: str, originals: Bucket, *, generation: int | None = None) -> bytes:
    """The bytes of an original, whose picture has the id in its name.

    Raises:
        Conflict: the object has another generation than `generation`.
        ObjectNotFound: the object does not exist.
        ImageRefused: the bytes are not an image, or show another picture.
    """
    present, data = originals.read(name)
    if generation is not None and present.generation != generation:
        raise Conflict
    if image_id(bytes.fromhex(facts_of(present, data).fingerprint)) != name.partition(".")[0]:
        raise ImageRefused(f"The picture in {name} does not match the id in its name.")
    return data


def _id_of(fingerprint: str) -> str | None:
    try:
        return image_id(bytes.fromhex(fingerprint))
    except ValueError:
        return None


def image_of(source: Object, facts: Facts) -> Image:
    """The entry of an original whose facts are known."""
    parsed = parse_object_name(source.name)
    if parsed is None:
        raise ValueError(f"{source.name!r} is not the name of an original")
    provenance = provenance_of(source)
    return Image(
        id=parsed[0],
        facts=facts,
        description=description_of(source),
        uploader=provenance.uploader,
        uploaded_at=provenance.uploaded_at,
        upload_id=provenance.upload_id,
        generation=source.generation,
        metageneration=source.metageneration,
    )


def reconcile(image: Image, seen: Image | None, catalog: Catalog, originals: Bucket) -> Image:
    """Make the catalog agree with an object that was just read.

    Args:
        image: the entry that belongs to the object.
        seen: the entry that the catalog had for the same id; None if it had none.
        catalog: is changed.
        originals: is read.

    Returns:
        The entry that the catalog has now. It can belong to another object: a twin with the same pixels in another
        format, which came first and still exists.
    """
    while True:
        try:
            return _write(image, seen, catalog, originals)
        except Conflict:
            seen = catalog.get(image.id)


def _write(image: Image, seen: Image | None, catalog: Catalog, originals: Bucket) -> Image:
    if seen is None:
        catalog.create(image)
        _delete_if_gone(image, catalog, originals)
    elif (seen.object_name, seen.generation) == (image.object_name, image.generation):
        return _update_description(image, seen, catalog)
    elif is_alive(seen, originals):
        return seen
    else:
        catalog.replace(image, seen=seen)
    return image


def _update_description(image: Image, seen: Image, catalog: Catalog) -> Image:
    """Copy a newer description into the entry of the same object, which keeps its renditions.

    The facts are copied too: a newer release can know more about the same bytes.
    """
    if seen.metageneration >= image.metageneration:
        return seen
    newer = replace(seen, facts=image.facts, description=image.description, metageneration=image.metageneration)
    catalog.replace(newer, seen=seen)
    return newer


def _delete_if_gone(image: Image, catalog: Catalog, originals: Bucket) -> None:
    """Delete the entry that was just created, if its object is gone.

    The event of that deletion may have found no entry, because it came before this one existed. Without this check, the
    entry would outlive its object.
    """
    if originals.stat(image.object_name) is None:
        entry = catalog.get(image.id)
        if entry is not None and entry.generation == image.generation:
            with suppress(Conflict):
                catalog.delete(seen=entry)


def is_alive(entry: Image, originals: Bucket) -> bool:
    """Whether the object from which the entry was made still exists."""
    present = originals.stat(entry.object_name)
    return present is not None and present.generation == entry.generation
