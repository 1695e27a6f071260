"""The catalog's document: what one entry looks like in a store of documents, whichever it is.

Times are datetimes here; a store that has none writes them as text. What `exif` holds must be plain JSON (None, bool,
int, float, str, lists and dicts of them): a tuple would come back as a list.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from functions.domain.errors import Damaged
from functions.domain.formats import FORMATS
from functions.domain.model import Description, Facts, Image, Rendition, Renditions, RenditionState


def to_document(image: Image) -> dict[str, object]:
    """Everything of an entry but its id and its version, which a store keeps beside the document.

    `taken_at` is the camera's word and `taken_at_said` the uploader's; both are kept, so that taking the second back
    uncovers the first. Times are in UTC.
    """
    facts, said = image.facts, image.description
    return {
        "sha256": facts.sha256,
        "pixel_sha512": facts.pixel_sha512,
        "filename": said.filename,
        "format": facts.format.name,
        "content_type": facts.format.content_type,
        "bytes": facts.bytes,
        "width": facts.width,
        "height": facts.height,
        "frames": facts.frames,
        "caption": said.caption,
        "tags": list(said.tags),
        "album": said.album,
        "uploader": image.uploader,
        "uploaded_at": _utc(image.uploaded_at),
        "taken_at": _utc(facts.taken_at),
        "taken_at_said": _utc(said.taken_at),
        "exif": dict(facts.exif),
        "placeholder": image.placeholder,
        "renditions": _renditions_document(image.renditions),
        "generation": image.generation,
        "metageneration": image.metageneration,
        "upload_id": image.upload_id,
        "extra": dict(said.extra),
    }


@contextmanager
def legible(image_id: str) -> Iterator[None]:
    """While a document is read: what is not as `to_document` writes it is damage, whoever did it.

    Raises:
        Damaged: it is.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(
            f"The catalog's entry of {image_id} cannot be read. Delete it there; then make fsck FIX=1 makes it anew."
        ) from error


def from_document(image_id: str, document: Mapping[str, Any], version: object) -> Image:
    """The entry that `to_document` wrote; `version` is the store's token for compare-and-swap."""
    return Image(
        id=image_id,
        facts=_facts(document),
        description=_description(document),
        uploader=document["uploader"],
        uploaded_at=document["uploaded_at"],
        upload_id=document["upload_id"],
        generation=document["generation"],
        metageneration=document["metageneration"],
        placeholder=document["placeholder"],
        renditions=_renditions(document["renditions"]),
        version=version,
    )


def _facts(document: Mapping[str, Any]) -> Facts:
    return Facts(
        format=FORMATS[document["format"]],
        bytes=document["bytes"],
        sha256=document["sha256"],
        pixel_sha512=document["pixel_sha512"],
        width=document["width"],
        height=document["height"],
        frames=document["frames"],
        taken_at=document["taken_at"],
        exif=document["exif"],
    )


def _description(document: Mapping[str, Any]) -> Description:
    return Description(
        filename=document["filename"],
        caption=document["caption"],
        tags=tuple(document["tags"]),
        album=document["album"],
        taken_at=document["taken_at_said"],
        extra=document["extra"],
    )


def _renditions_document(renditions: Renditions) -> dict[str, object]:
    return {
        "state": renditions.state.value,
        "reason": renditions.reason,
        "items": [
            {"name": each.name, "width": each.width, "height": each.height, "bytes": each.bytes}
            for each in renditions.items
        ],
    }


def _renditions(document: Mapping[str, Any]) -> Renditions:
    return Renditions(
        state=RenditionState(document["state"]),
        items=tuple(Rendition(**each) for each in document["items"]),
        reason=document["reason"],
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
