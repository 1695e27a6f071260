"""The nouns: an image, what its uploader said of it, its renditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from functions.domain.formats import Format
from functions.domain.ids import FULL_SIZE, object_name
from functions.domain.limits import MAX_RESPONSE

WIDTHS: Final = (160, 320, 640, 1280, 2048)
"""Widths of the renditions, in pixels; a narrower image ends with its own width."""


class RenditionState(StrEnum):
    """Where the thumbnails of an image are."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One derived image that exists. Width and height in pixels, as displayed; bytes of the file.

    `name` is the stem of its object: the width, or `FULL_SIZE` for the one that stands in for the original.
    """

    name: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Renditions:
    """All renditions of an image. `items` is empty unless `state` is READY; `reason` is set when it is FAILED."""

    state: RenditionState = RenditionState.PENDING
    items: tuple[Rendition, ...] = ()
    reason: str | None = None

    @property
    def thumbnails(self) -> list[Rendition]:
        """All but the one that stands in for the original, smallest first."""
        return [each for each in self.items if each.name != FULL_SIZE]

    def at_least(self, width: int) -> Rendition | None:
        """The smallest thumbnail at least `width` pixels wide, else the widest; None while there is none."""
        fitting = [each for each in self.thumbnails if each.width >= width]
        return min(fitting or self.thumbnails[-1:], key=lambda each: each.width, default=None)


@dataclass(frozen=True, slots=True)
class Description:
    """What a person says of an image; it travels as the object's custom metadata.

    Attributes:
        taken_at: said by the uploader; it outranks what the EXIF says.
        extra: form fields that the service has no meaning for, kept as they came.
    """

    filename: str | None = None
    caption: str | None = None
    tags: tuple[str, ...] = ()
    album: str | None = None
    taken_at: datetime | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the bytes of an image say of themselves.

    Attributes:
        width, height: pixels, as displayed (orientation applied).
        frames: 1 for a still.
        pixel_sha512: hexadecimal digest of the canonical pixels, see `imaging.fingerprint`.
        taken_at: from EXIF; UTC where the camera recorded no offset.
        exif: what is of use to a viewer; the position, if any, under "gps" alone.
    """

    format: Format
    bytes: int
    sha256: str
    pixel_sha512: str
    width: int
    height: int
    frames: int = 1
    taken_at: datetime | None = None
    exif: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Image:
    """One catalogued image: the entry `images/ID`.

    Attributes:
        uploaded_at: aware, UTC.
        uploader: name of the key that uploaded it.
        upload_id: of the upload that created the object; tells an upload its own entry from a duplicate's.
        generation: of the object in the originals bucket.
        metageneration: of the object's metadata that this entry reflects.
        placeholder: a tiny WebP as a data URI, once the renditions are ready.
        version: the catalog's token for compare-and-swap; None until it was read from there.
    """

    id: str
    facts: Facts
    description: Description
    uploader: str
    uploaded_at: datetime
    upload_id: str
    generation: int
    metageneration: int = 1
    placeholder: str | None = None
    renditions: Renditions = field(default_factory=Renditions)
    version: object = field(default=None, compare=False)

    @property
    def object_name(self) -> str:
        """Name of the object in the originals bucket."""
        return object_name(self.id, self.facts.format)

    @property
    def needs_full_size(self) -> bool:
        """The file itself cannot be served: its metadata cannot be removed, or it exceeds one response."""
        return not self.facts.format.strippable or self.facts.bytes > MAX_RESPONSE

    @property
    def taken_at(self) -> datetime | None:
        """When the photo was taken: as its uploader says, else as its EXIF says."""
        return self.description.taken_at or self.facts.taken_at


def rendition_sizes(width: int, height: int, widths: tuple[int, ...] = WIDTHS) -> list[tuple[int, int]]:
    """Width and height (pixels) of each rendition of an image of that displayed size, smallest first; none enlarged.

    >>> rendition_sizes(500, 250)
    [(160, 80), (320, 160), (500, 250)]
    """
    return [(each, max(1, round(height * each / width))) for each in sorted({min(each, width) for each in widths})]
