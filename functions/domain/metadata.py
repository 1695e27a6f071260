"""What an object in the originals bucket says of its image, as custom metadata: the truth that the catalog follows."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from functions.domain.errors import ImageRefused
from functions.domain.model import Description
from functions.domain.ports import Object


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an object came from; fixed when it is created.

    Attributes:
        uploader: name of the key.
        uploaded_at: aware, UTC.
        sha256, pixel_sha512: hexadecimal, of the file and of the canonical pixels.
    """

    uploader: str
    uploaded_at: datetime
    upload_id: str
    sha256: str
    pixel_sha512: str


def to_metadata(provenance: Provenance, description: Description) -> dict[str, str]:
    """Both, as custom metadata; what was not said is left out."""
    return {
        "uploader": provenance.uploader,
        "uploaded_at": provenance.uploaded_at.isoformat(),
        "upload_id": provenance.upload_id,
        "sha256": provenance.sha256,
        "pixel_sha512": provenance.pixel_sha512,
        **_said(description),
    }


def _said(description: Description) -> dict[str, str]:
    texts = {
        "filename": description.filename,
        "caption": description.caption,
        "tags": _compact(description.tags) if description.tags else None,
        "album": description.album,
        "taken_at": description.taken_at.isoformat() if description.taken_at else None,
        "extra": _compact(description.extra) if description.extra else None,
    }
    return {key: text for key, text in texts.items() if text is not None}


def provenance_of(source: Object) -> Provenance:
    """The object's provenance; the object's own facts stand in for what its metadata lacks.

    Raises:
        ImageRefused: somebody else wrote the metadata, and wrong.
    """
    said = source.metadata
    with _legible(source):
        return Provenance(
            uploader=said.get("uploader", ""),
            uploaded_at=_time(said.get("uploaded_at")) or source.updated,
            upload_id=said.get("upload_id", ""),
            sha256=said.get("sha256", ""),
            pixel_sha512=said.get("pixel_sha512", ""),
        )


def description_of(source: Object) -> Description:
    """What was said of the image.

    Raises:
        ImageRefused: somebody else wrote the metadata, and wrong.
    """
    said = source.metadata
    with _legible(source):
        return Description(
            filename=said.get("filename"),
            caption=said.get("caption"),
            tags=_tags(said.get("tags", "[]")),
            album=said.get("album"),
            taken_at=_time(said.get("taken_at")),
            extra=_extra(said.get("extra", "{}")),
        )


@contextmanager
def _legible(source: Object) -> Iterator[None]:
    try:
        yield
    except (ValueError, OverflowError, RecursionError) as error:
        raise ImageRefused(f"The custom metadata of {source.name} cannot be read: {error}.") from error


def _tags(text: str) -> tuple[str, ...]:
    tags = json.loads(text)
    if not isinstance(tags, list) or not all(isinstance(each, str) for each in tags):
        raise ValueError("`tags` is no list of texts")
    return tuple(tags)


def _extra(text: str) -> dict[str, str]:
    extra = json.loads(text)
    if not isinstance(extra, dict) or not all(isinstance(each, str) for each in extra.values()):
        raise ValueError("`extra` is no object of texts")
    return extra


def _compact(value: tuple[str, ...] | Mapping[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
