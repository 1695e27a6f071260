"""The model: an image, its description, its facts and its renditions; and `ENTRY`, which declares every field once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from functions.domain.fields import (
    CameraTime,
    Field,
    FileName,
    Fingerprint,
    Flag,
    FormatName,
    JsonObject,
    Kind,
    Number,
    Shown,
    Tags,
    Text,
    Texts,
    Time,
    Url,
)
from functions.domain.formats import Format
from functions.domain.ids import FULL_SIZE, ID_LENGTH, object_name
from functions.domain.limits import MAX_RESPONSE
from functions.domain.wall_time import WallTime, ascending

WIDTHS: Final = (160, 320, 640, 1280, 2048)
"""Widths of the renditions, in pixels. The largest rendition of a narrower image has the image's width."""


FORM: Final = 2
"""The form of the catalog's documents. In form 1, times of photos were moments in UTC; `make reindex` replaces it."""


class RenditionState(StrEnum):
    """The state of an image's renditions."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One rendition that exists: its width and height in pixels, as displayed, and its size in bytes.

    `name` is the stem of its object: the width, or `FULL_SIZE` for the one that replaces the original.
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
        """All renditions except the full-size one, smallest first."""
        return [each for each in self.items if each.name != FULL_SIZE]

    def at_least(self, width: int) -> Rendition | None:
        """The smallest thumbnail with a width of at least `width` pixels, else the widest; None if there is none."""
        fitting = [each for each in self.thumbnails if each.width >= width]
        return min(fitting or self.thumbnails[-1:], key=lambda each: each.width, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The uploader's description of an image, as in its object's metadata. `ENTRY` explains each field."""

    filename: str | None = None
    caption: str | None = None
    tags: tuple[str, ...] = ()
    album: str | None = None
    taken_at: WallTime | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """The properties of an image's file. `ENTRY` explains each field."""

    format: Format
    bytes: int
    sha256: str
    fingerprint: str
    width: int
    height: int
    frames: int = 1
    taken_at: WallTime | None = None
    exif: Mapping[str, object] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """The media type of the file."""
        return self.format.content_type

    @property
    def animated(self) -> bool:
        """Whether the image has several frames."""
        return self.frames > 1


@dataclass(frozen=True, slots=True)
class Image:
    """One catalogued image: the entry `images/ID`.

    `ENTRY` explains each field. `version` is not a field, but the catalog's token for compare-and-swap. It is None in
    an entry that was not read from the catalog.
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
    form: int = FORM
    version: object = field(default=None, compare=False)

    @property
    def object_name(self) -> str:
        """Name of the object in the originals bucket."""
        return object_name(self.id, self.facts.format)

    @property
    def needs_full_size(self) -> bool:
        """Whether the file cannot be served: its private metadata cannot be removed, or it is too large for a response.

        Such an image has a full-size rendition.
        """
        return not self.facts.format.strippable or self.facts.bytes > MAX_RESPONSE

    @property
    def taken_at(self) -> WallTime | None:
        """The time when the photo was taken: from the uploader, or else from EXIF."""
        return self.description.taken_at or self.facts.taken_at

    @property
    def wall_clock(self) -> str:
        """The sort key of `taken_at`; empty if it is not known, so that the image comes last in a descending order."""
        return self.taken_at.sort_key if self.taken_at else ""

    @property
    def wall_clock_ascending(self) -> str:
        """The sort key with which an image without a time comes last in an ascending order."""
        return ascending(self.wall_clock)


class RenditionsKind(Kind):
    """`Renditions`, in the form of the catalog's document."""

    def to_document(self, value: Renditions) -> dict[str, object]:
        items = [
            {"name": each.name, "width": each.width, "height": each.height, "bytes": each.bytes} for each in value.items
        ]
        return {"state": value.state.value, "reason": value.reason, "items": items}

    def from_document(self, value: Mapping[str, Any]) -> Renditions:
        items = tuple(Rendition(**each) for each in value["items"])
        return Renditions(RenditionState(value["state"]), items, value["reason"])


class Form(Kind):
    """The number of the form of a document. Documents of form 1 do not have it."""

    def from_document(self, value: int | None) -> int:
        return 1 if value is None else value


class Thumbnails(Kind):
    """Renditions, in the form of the API. The API makes the value, because it contains URLs."""


# Responses and documents have their members in this order. A new field of the description needs one attribute above
# and one declaration here. It must be nullable, because entries of older releases do not have it.
ENTRY: Final = (
    Field("id", Text(ID_LENGTH), "The same for all copies of a picture.", "njj5xuxyig7pwghbfpm2rxr3jw", stored=False),
    Field("url", Url(), "URL of the image itself.", "https://api.example/fetch/ID", stored=False),
    Field("details_url", Url(), "URL of the details.", "https://api.example/fetch/ID/details", stored=False),
    Field("description.filename", FileName(255), "Name of the uploaded file.", "beach.jpg", nullable=True),
    Field("facts.format", FormatName(), "Format of the file.", "jpeg"),
    Field("facts.content_type", Text(), "Media type of the file.", "image/jpeg", computed=True),
    Field("facts.bytes", Number(), "Size of the file in bytes.", 2_345_678),
    Field("facts.width", Number(), "Width in pixels, as displayed.", 4000),
    Field("facts.height", Number(), "Height in pixels, as displayed.", 3000),
    Field("facts.sha256", Text(64), "SHA-256 of the file, hexadecimal.", "0" * 64),
    Field(
        "facts.fingerprint",
        Fingerprint(128),
        "SHA-512 of the canonical picture, hexadecimal.",
        "0" * 128,
        shown=Shown.NEVER,
        nullable=True,
    ),
    Field("facts.frames", Number(), "Number of frames; 1 for a still image.", 1, shown=Shown.IN_DETAILS),
    Field("description.caption", Text(2_000, multiline=True), "What the image shows.", "At the sea", nullable=True),
    Field("description.tags", Tags(32, max_bytes_each=64, max_bytes=2_500), "Words to find the image by.", ["sea"]),
    Field("description.album", Text(255), "Name of the album.", "Summer 2024", nullable=True),
    Field("uploader", Text(), "Name of the API key that uploaded the image.", "alice"),
    Field("uploaded_at", Time(), "Time of the upload.", "2024-06-01T12:00:00Z"),
    Field(
        "facts.taken_at",
        CameraTime(),
        "When the photo was taken, according to EXIF.",
        "2024-05-01T12:30:00+02:00",
        shown=Shown.BY_INSPECT,
        nullable=True,
    ),
    Field(
        "description.taken_at",
        CameraTime(),
        "When the photo was taken, according to the uploader.",
        "2024-05-01T12:30:00+02:00",
        shown=Shown.NEVER,
        nullable=True,
        stored_as="taken_at_said",
    ),
    Field(
        "taken_at",
        CameraTime(),
        "When the photo was taken, on the camera's clock: according to the uploader, else to EXIF.",
        "2024-05-01T12:30:00+02:00",
        nullable=True,
        stored=False,
        computed=True,
    ),
    Field("wall_clock", Text(), "Sort key of the time.", "2024-05-01T12:30:00", shown=Shown.NEVER, computed=True),
    Field(
        "wall_clock_ascending",
        Text(),
        "Sort key for an ascending order.",
        "2024-05-01T12:30:00",
        shown=Shown.NEVER,
        computed=True,
    ),
    Field("facts.animated", Flag(), "Whether the image has several frames.", False, stored=False, computed=True),
    Field(
        "facts.exif",
        JsonObject(private=("gps",)),
        "Camera, lens and exposure; the position, `gps`, only for the holder of a key.",
        {"camera": "NIKON D90"},
        shown=Shown.IN_DETAILS,
    ),
    Field(
        "placeholder",
        Text(),
        "A tiny WebP as a data URI, once the thumbnails are ready.",
        "data:image/webp;base64,UklGRg==",
        nullable=True,
    ),
    Field("thumbnails", Thumbnails(), "State, sizes and URLs of the thumbnails.", {"state": "pending"}, stored=False),
    Field(
        "renditions", RenditionsKind(), "State and sizes of the renditions.", {"state": "pending"}, shown=Shown.NEVER
    ),
    Field("generation", Number(), "Generation of the original's object.", 1, shown=Shown.NEVER),
    Field("metageneration", Number(), "Version of the object's metadata in this entry.", 1, shown=Shown.NEVER),
    Field("form", Form(), "Form of the catalog's document.", FORM, shown=Shown.NEVER, nullable=True),
    Field("upload_id", Text(), "Identifies the upload that created the image.", "0" * 24, shown=Shown.NEVER),
    Field(
        "description.extra",
        Texts(1_500),
        "Other fields of the upload, unchanged.",
        {"mood": "sunny"},
        optional=True,
        read_only=True,
    ),
)

DESCRIPTION: Final = tuple(each for each in ENTRY if each.part == "description")
WRITABLE: Final = {each.name: each for each in DESCRIPTION if each.writable}
"""The fields that a request can set, by their names."""


def rendition_sizes(width: int, height: int, widths: tuple[int, ...] = WIDTHS) -> list[tuple[int, int]]:
    """Width and height (pixels) of each rendition of an image with that displayed size, smallest first.

    No rendition is larger than the image.

    >>> rendition_sizes(500, 250)
    [(160, 80), (320, 160), (500, 250)]
    """
    return [(each, max(1, round(height * each / width))) for each in sorted({min(each, width) for each in widths})]
