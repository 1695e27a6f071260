"""Making the catalog agree with the originals bucket: the one place where an entry is written for an object.

Level-triggered: every function here reads the present state and moves the catalog towards it, so that it may be called
twice, late, by several at once, or after a crash of whoever called it before.
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
    """The entry that `source` asks for.

    `facts` saves reading and decoding the object, where they are known to be those of its very bytes.

    Raises:
        ObjectNotFound: it was deleted meanwhile.
        ImageRefused: the object is no image; only somebody who went round the gate can have put it there.
    """
    if facts is None:
        source, data = originals.read(source.name)
        facts = facts_of(source, data)
    return image_of(source, facts)


def facts_of(source: Object, data: bytes) -> Facts:
    """The facts of an object's bytes; those that went through the gate are not decoded again.

    An upload writes the hashes of the file and of its pixels into the metadata, and the latter are the id. So where the
    bytes have that hash, it is known what their pixels are.

    Raises:
        ImageRefused: they are no image, or one of another format than the object's name says.
    """
    from functions.imaging.examine import describe, examine

    sha256, said = hashlib.sha256(data).hexdigest(), provenance_of(source)
    if said.sha256 == sha256 and source.name.startswith(f"{_id_of(said.pixel_sha512)}."):
        facts = describe(data, TICKET_LIMITS, sha256=sha256, pixel_sha512=said.pixel_sha512)
    else:
        facts = examine(data, TICKET_LIMITS, sha256=sha256)
    if not source.name.endswith(f".{facts.format.extension}"):
        raise ImageRefused(f"It is called {source.name}, and is a file of the format {facts.format.name}.")
    return facts


def _id_of(pixel_sha512: str) -> str | None:
    try:
        return image_id(bytes.fromhex(pixel_sha512))
    except ValueError:
        return None


def image_of(source: Object, facts: Facts) -> Image:
    """The entry for an object of ours whose facts are known."""
    parsed = parse_object_name(source.name)
    if parsed is None:
        raise ValueError(f"{source.name!r} is no name of an original")
    origin = provenance_of(source)
    return Image(
        id=parsed[0],
        facts=facts,
        description=description_of(source),
        uploader=origin.uploader,
        uploaded_at=origin.uploaded_at,
        upload_id=origin.upload_id,
        generation=source.generation,
        metageneration=source.metageneration,
    )


def reconcile(image: Image, seen: Image | None, catalog: Catalog, originals: Bucket) -> Image:
    """Write `image`, made from an object just seen, over the entry `seen` of its id; what the catalog holds then.

    That may be the entry of another object: a lossless twin in another format that came first, and is alive.
    """
    while True:
        try:
            return _write(image, seen, catalog, originals)
        except Conflict:
            seen = catalog.get(image.id)


def _write(image: Image, seen: Image | None, catalog: Catalog, originals: Bucket) -> Image:
    if seen is None:
        catalog.create(image)
        _take_back_if_gone(image, catalog, originals)
    elif (seen.object_name, seen.generation) == (image.object_name, image.generation):
        return _follow(image, seen, catalog)
    elif is_alive(seen, originals):
        return seen
    else:
        catalog.replace(image, seen=seen)
    return image


def _follow(image: Image, seen: Image, catalog: Catalog) -> Image:
    """Take over what was said since into the entry of the same object, keeping its renditions."""
    if seen.metageneration >= image.metageneration:
        return seen
    newer = replace(seen, description=image.description, metageneration=image.metageneration)
    catalog.replace(newer, seen=seen)
    return newer


def _take_back_if_gone(image: Image, catalog: Catalog, originals: Bucket) -> None:
    """Remove the entry just created when its object was deleted, and its event came and found no entry, meanwhile.

    Nobody else would: this look is what it costs that no entry outlives its object.
    """
    if originals.stat(image.object_name) is None:
        entry = catalog.get(image.id)
        if entry is not None and entry.generation == image.generation:
            with suppress(Conflict):
                catalog.delete(seen=entry)


def is_alive(entry: Image, originals: Bucket) -> bool:
    """Whether the object that the entry was made from is still there."""
    present = originals.stat(entry.object_name)
    return present is not None and present.generation == entry.generation
