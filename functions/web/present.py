"""How an image looks on the wire."""

from datetime import UTC, datetime
from typing import NamedTuple, Self

from flask import Request

from functions.config import Settings
from functions.domain.callers import Caller
from functions.domain.formats import WEBP
from functions.domain.ids import image_id, rendition_name
from functions.domain.model import Facts, Image, Rendition, RenditionState, rendition_sizes


class Urls(NamedTuple):
    """Where things are, seen from the client. Neither base ends with a slash."""

    base: str
    renditions: str

    @classmethod
    def of(cls, request: Request, settings: Settings) -> Self:
        """By the settings; the request's own host where they leave it open."""
        base = settings.base_url or request.host_url.rstrip("/")
        return cls(base, settings.renditions_url or f"{base}/renditions")

    def image(self, image_id: str) -> str:
        """URL of the image itself."""
        return f"{self.base}/fetch/{image_id}"

    def ticket(self, ticket_id: str) -> str:
        """URL to ask after a ticket at."""
        return f"{self.base}/upload/tickets/{ticket_id}"

    def rendition(self, image_id: str, name: int | str) -> str:
        """URL of a rendition; final, whether it exists yet or not."""
        return f"{self.renditions}/{rendition_name(image_id, name)}"


def image_object(image: Image, urls: Urls) -> dict[str, object]:
    """The image object of the API; nothing in it is private."""
    facts, said = image.facts, image.description
    return {
        "id": image.id,
        "url": urls.image(image.id),
        "details_url": f"{urls.image(image.id)}/details",
        "filename": said.filename,
        "format": facts.format.name,
        "content_type": facts.format.content_type,
        "bytes": facts.bytes,
        "width": facts.width,
        "height": facts.height,
        "sha256": facts.sha256,
        "caption": said.caption,
        "tags": list(said.tags),
        "album": said.album,
        "uploader": image.uploader,
        "uploaded_at": rfc3339(image.uploaded_at),
        "taken_at": rfc3339(image.taken_at),
        "animated": facts.frames > 1,
        "placeholder": image.placeholder,
        "thumbnails": _thumbnails(image, urls),
        **({"extra": dict(said.extra)} if said.extra else {}),
    }


def details_object(image: Image, urls: Urls, caller: Caller | None) -> dict[str, object]:
    """The image object with its EXIF; the position only for the holder of a key."""
    exif = {key: value for key, value in image.facts.exif.items() if key != "gps" or caller is not None}
    return {**image_object(image, urls), "frames": image.facts.frames, "exif": exif}


def facts_object(facts: Facts) -> dict[str, object]:
    """What `/inspect` says of a file."""
    return {
        "size": [facts.width, facts.height],
        "id": image_id(bytes.fromhex(facts.pixel_sha512)),
        "format": facts.format.name,
        "content_type": facts.format.content_type,
        "bytes": facts.bytes,
        "width": facts.width,
        "height": facts.height,
        "sha256": facts.sha256,
        "animated": facts.frames > 1,
        "frames": facts.frames,
        "taken_at": rfc3339(facts.taken_at),
        "exif": dict(facts.exif),
    }


def rfc3339(time: datetime | None) -> str | None:
    """The time in UTC, with a Z.

    >>> rfc3339(datetime(2024, 5, 1, 12, 30, tzinfo=UTC))
    '2024-05-01T12:30:00Z'
    """
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else None


def _thumbnails(image: Image, urls: Urls) -> dict[str, object]:
    items = [_item(image, each, urls) for each in _planned(image)]
    shown: dict[str, object] = {
        "state": image.renditions.state.value,
        "srcset": ", ".join(f"{each['url']} {each['width']}w" for each in items),
        "items": items,
    }
    if image.renditions.reason:
        shown["reason"] = image.renditions.reason
    return shown


def _planned(image: Image) -> list[Rendition]:
    """The renditions that are, or that will be: their names and sizes are known before their bytes."""
    if image.renditions.state is RenditionState.PENDING:
        sizes = rendition_sizes(image.facts.width, image.facts.height)
        return [Rendition(str(width), width, height, 0) for width, height in sizes]
    return image.renditions.thumbnails


def _item(image: Image, rendition: Rendition, urls: Urls) -> dict[str, object]:
    return {
        "width": rendition.width,
        "height": rendition.height,
        "url": urls.rendition(image.id, rendition.name),
        "content_type": WEBP.content_type,
        "bytes": rendition.bytes or None,
    }
