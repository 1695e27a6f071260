"""The objects of the API. Sizes are in bytes, widths and heights in pixels as displayed; times of uploads are aware."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from image_repo.decoding import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail(Model):
    """A smaller copy of an image.

    Attributes:
        bytes: None until the thumbnail is ready.
    """

    width: int
    height: int
    url: str
    content_type: str
    bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnails(Model):
    """The thumbnails of an image, smallest first. Their URLs are final, even before the thumbnails are ready.

    Attributes:
        state: `pending`, `ready` or `failed`.
        srcset: the value of an `<img>` element's `srcset`.
        reason: why there are none, if the state is `failed`.
    """

    state: str
    srcset: str = ""
    items: tuple[Thumbnail, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Model):
    """An image.

    Attributes:
        url: the URL of the image itself.
        details_url: the URL of its details.
        format: `jpeg`, `png`, `webp`, `gif`, `avif` or `heic`.
        bytes, sha256: the size and the SHA-256 of the uploaded file.
        uploader: the name of the API key.
        taken_at: what the camera's clock showed, if that is known. It is naive if the offset is not known, so compare
            `taken_at.replace(tzinfo=None)`.
        placeholder: a tiny preview as a data URI, once the thumbnails are ready.
        extra: further fields of the upload.
    """

    id: str
    url: str
    format: str
    content_type: str
    bytes: int
    width: int
    height: int
    sha256: str
    uploaded_at: datetime
    details_url: str | None = None
    uploader: str | None = None
    filename: str | None = None
    caption: str | None = None
    tags: tuple[str, ...] = ()
    album: str | None = None
    taken_at: datetime | None = None
    animated: bool = False
    placeholder: str | None = None
    thumbnails: Thumbnails | None = None
    extra: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedImage(Image):
    """The result of an upload.

    Attributes:
        duplicate: whether the repository had the image before. Then this upload only filled what was empty.
        filled: the fields that got a value from a duplicate.
        kept: the fields in which the image keeps its own value, although the duplicate had another one.
    """

    duplicate: bool
    filled: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedWords(Model):
    """The effect of one description that was sent with a check, as in `UploadedImage`.

    Attributes:
        sha256: the SHA-256 of the known file.
        code, detail: why the service refused the description; empty if it did not.
    """

    sha256: str
    filled: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFiles(Model):
    """The files that the repository has.

    Attributes:
        known: image ids by SHA-256.
        words: the effects of the descriptions of these files, in the order in which they were sent.
    """

    known: Mapping[str, str]
    words: tuple[CheckedWords, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDetails(Image):
    """An image with all that the service knows about it.

    Attributes:
        frames: 1, unless it is an animation.
        exif: camera, lens and exposure; also the position, as `gps`, if the key was sent.
    """

    frames: int
    exif: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Model):
    """One page of a list.

    Attributes:
        next_page_token: what to ask for the next page with; None on the last page.
    """

    images: tuple[Image, ...]
    next_page_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection(Model):
    """What an upload of a file would store.

    Attributes:
        size: width and height.
        id: the id that the image would have.
    """

    size: tuple[int, ...]
    id: str
    format: str
    content_type: str
    bytes: int
    width: int
    height: int
    sha256: str
    animated: bool = False
    frames: int = 1
    taken_at: datetime | None = None
    exif: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUpload(Model):
    """The request that uploads the file of a ticket. It needs all these headers, and no key."""

    method: str
    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Model):
    """Why the service refused the file of a ticket (RFC 9457)."""

    code: str
    detail: str
    status: int = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket(Model):
    """The state of an upload ticket, and the outcome of the upload with it.

    Attributes:
        ticket: its id.
        state: `pending`, `stored`, `duplicate`, `refused` or `expired`.
        image: the stored image, if the state is `stored` or `duplicate`.
        filled, kept: as in `UploadedImage`, if the state is `duplicate`.
        problem: why the file was refused, if the state is `refused`.
    """

    ticket: str
    state: str
    ticket_url: str | None = None
    expires_at: datetime | None = None
    image: Image | None = None
    filled: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTicket(Ticket):
    """A new upload ticket, with the request that uploads the file."""

    upload: SignedUpload


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatStats(Model):
    """How many images of a format there are, and their size."""

    images: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewedImage(Image):
    """An image with the number of its views."""

    views: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats(Model):
    """The numbers of a repository.

    Attributes:
        formats: the totals of each format, by its name.
        calls: the number of calls of each function, by its name.
        top: the most viewed images, the most viewed one first.
        as_of: when the service counted.
    """

    images: int
    bytes: int
    formats: Mapping[str, FormatStats]
    views: int = 0
    calls: Mapping[str, int] = field(default_factory=dict[str, int])
    top: tuple[ViewedImage, ...] = ()
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A file that the service sent."""

    data: bytes
    content_type: str
