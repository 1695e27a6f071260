"""The seams to storage. Whatever stands behind them passes the same contract suite (`tests/contracts`)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from functions.domain.model import Image


class Order(StrEnum):
    """How a page of the catalog is sorted. Ties in time go by id, so that every order is total."""

    NEWEST = "newest"
    OLDEST = "oldest"
    ID = "id"


class Filter(NamedTuple):
    """Which entries a query wants; a field that is None asks nothing. All that are set must hold."""

    tag: str | None = None
    album: str | None = None
    uploader: str | None = None
    format: str | None = None


class Cursor(NamedTuple):
    """A place between two entries: right behind an entry of that id (and time), which need not exist."""

    id: str
    uploaded_at: datetime | None = None
    """Aware, UTC; not needed (and not looked at) where the order is `Order.ID`."""


class Total(NamedTuple):
    """How many images, and how many bytes their files have."""

    images: int
    bytes: int


class Catalog(Protocol):
    """Entries of images: one document each, found by id, by file hash, or page by page.

    Every method may raise `Unavailable`, and no other error than its own. An `Image` that comes out has its `version`
    set; one that goes in may have any.
    """

    def create(self, image: Image) -> None:
        """Add an entry.

        Raises:
            Conflict: the id is taken. Of any number of simultaneous creations exactly one succeeds.
        """

    def get(self, image_id: str) -> Image | None:
        """The entry of that id, if there is one."""

    def find_by_sha256(self, *hashes: str) -> Sequence[Image]:
        """The entries whose files have one of those hashes (hexadecimal), in any order."""

    def replace(self, image: Image, *, seen: Image) -> None:
        """Put `image` in the place of the entry that was read as `seen`.

        Raises:
            Conflict: the entry was changed or deleted since, or never read at all.
        """

    def delete(self, *, seen: Image) -> None:
        """Remove the entry that was read as `seen`.

        Raises:
            Conflict: the entry was changed or deleted since.
        """

    def page(self, where: Filter, order: Order, *, after: Cursor | None, limit: int) -> Sequence[Image]:
        """At most `limit` entries that fit, in order, from behind `after`, or from the first; it reads no others."""

    def totals(self) -> Mapping[str, Total]:
        """What there is of each format, by its name; a format without images may be missing."""


# The types that Cloud Storage gives to the events of a bucket.
FINALIZED: Final = "google.cloud.storage.object.v1.finalized"
"""An object was created or replaced."""
DELETED: Final = "google.cloud.storage.object.v1.deleted"
"""An object was deleted."""


@dataclass(frozen=True, slots=True)
class Object:
    """An object without its bytes.

    Attributes:
        generation: positive; a later object of the same name always has a greater one.
        metageneration: 1 when created, one more with each change of the metadata.
        size: bytes.
        metadata: custom metadata, at most 8 KiB.
        updated: aware, UTC; when the object or its metadata last changed.
    """

    name: str
    generation: int
    metageneration: int
    size: int
    content_type: str
    updated: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


class Bucket(Protocol):
    """Objects with custom metadata and generations, strongly consistent; writes are atomic and durable.

    Every method may raise `Unavailable`, and no other error than its own.
    """

    def write(
        self,
        name: str,
        data: bytes,
        *,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        if_generation: int = 0,
    ) -> Object:
        """Create the object (`if_generation` 0), or replace exactly that generation of it.

        Raises:
            Conflict: the name is taken, or its generation is another one. Of simultaneous creations one succeeds.
        """

    def stat(self, name: str) -> Object | None:
        """The object without its bytes, if there is one."""

    def read(self, name: str) -> tuple[Object, bytes]:
        """The object and all its bytes.

        Raises:
            ObjectNotFound: there is none of that name.
        """

    def set_metadata(self, seen: Object, metadata: Mapping[str, str]) -> Object:
        """Put `metadata` in the place of the custom metadata of the object that was read as `seen`.

        Raises:
            Conflict: the object or its metadata was changed, or the object deleted, since.
        """

    def delete(self, name: str, *, if_generation: int) -> None:
        """Remove exactly that generation of the object.

        Raises:
            Conflict: the object is gone, or its generation is another one.
        """

    def list(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> Sequence[Object]:
        """At most `limit` objects whose names begin with `prefix` and sort (by code point) behind `after`, in order."""


class Tally(StrEnum):
    """What is counted: views of each image, by its id; calls of each function, by its name."""

    VIEWS = "views"
    CALLS = "calls"


class Counters(Protocol):
    """Numbers that only grow. A call that failed may have counted all the same: they are for people, not for bills."""

    def add(self, tally: Tally, counts: Mapping[str, int]) -> None:
        """Add to each of those names."""

    def top(self, tally: Tally, limit: int) -> Sequence[tuple[str, int]]:
        """At most `limit` names with the greatest numbers, greatest first."""

    def total(self, tally: Tally) -> int:
        """The sum over all names."""

    def forget(self, tally: Tally, names: Collection[str]) -> None:
        """Remove those names."""
