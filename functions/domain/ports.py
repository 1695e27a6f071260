"""The ports: the interfaces of the stores. All adapters of a port pass the same contract tests (`tests/contracts`)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol, Self

from functions.domain.model import Image


class Order(StrEnum):
    """The order of a page of the catalog. Entries with equal times are sorted by id, so that each order is total."""

    NEWEST = "newest"
    """By the time of the upload, the latest first."""
    OLDEST = "oldest"
    """By the time of the upload, the earliest first."""
    TAKEN = "taken"
    """By the camera's clock, the earliest first; entries without a time come last."""
    TAKEN_DESCENDING = "-taken"
    """By the camera's clock, the latest first; entries without a time come last."""
    ID = "id"


class Filter(NamedTuple):
    """The conditions of a query. An entry must meet all of them; None means no condition."""

    tag: str | None = None
    album: str | None = None
    uploader: str | None = None
    format: str | None = None


class Cursor(NamedTuple):
    """A place between two entries: directly after an entry with that id (and time), which need not exist.

    An order needs only the time that it sorts by, and `Order.ID` needs none.
    """

    id: str
    uploaded_at: datetime | None = None
    """Aware, UTC."""
    wall_clock: str | None = None
    """As `Image.wall_clock`: empty for an entry without a time."""

    @classmethod
    def after(cls, image: Image) -> Self:
        """The place after an entry, in every order."""
        return cls(image.id, image.uploaded_at, image.wall_clock)


class Total(NamedTuple):
    """The number of images, and the size of their files in bytes."""

    images: int
    bytes: int


class Catalog(Protocol):
    """The entries of images: one document for each, found by id, by file hash, or page by page.

    Every method can raise `Unavailable` and the errors that it documents. An `Image` that is returned has its `version`
    set. The `version` of an `Image` that is written is ignored.
    """

    def create(self, image: Image) -> None:
        """Add an entry.

        Raises:
            Conflict: the id is taken. Of several simultaneous creations, exactly one succeeds.
        """

    def get(self, image_id: str) -> Image | None:
        """The entry with that id; None if there is none."""

    def find_by_sha256(self, *hashes: str) -> Sequence[Image]:
        """The entries whose files have one of those hashes (hexadecimal), in any order."""

    def replace(self, image: Image, *, seen: Image) -> None:
        """Replace the entry that was read as `seen` by `image`.

        Raises:
            Conflict: the entry was changed or deleted since, or `seen` was not read from the catalog.
        """

    def delete(self, *, seen: Image) -> None:
        """Remove the entry that was read as `seen`.

        Raises:
            Conflict: the entry was changed or deleted since.
        """

    def page(self, where: Filter, order: Order, *, after: Cursor | None, limit: int) -> Sequence[Image]:
        """At most `limit` matching entries, in order, from the place `after` or the first one. No others are read."""

    def totals(self) -> Mapping[str, Total]:
        """The total of each format, by its name. A format without images can be missing."""


# The types of a bucket's events, as Cloud Storage names them.
FINALIZED: Final = "google.cloud.storage.object.v1.finalized"
"""An object was created or replaced."""
DELETED: Final = "google.cloud.storage.object.v1.deleted"
"""An object was deleted."""


@dataclass(frozen=True, slots=True)
class Object:
    """An object without its bytes.

    Attributes:
        generation: positive; a later object of the same name always has a greater one.
        metageneration: 1 for a new object; each change of the metadata adds 1.
        size: bytes.
        metadata: custom metadata, at most 8 KiB.
        updated: aware, UTC; the time of the last change of the object or its metadata.
    """

    name: str
    generation: int
    metageneration: int
    size: int
    content_type: str
    updated: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


class Bucket(Protocol):
    """Objects with custom metadata and generations. Reads are strongly consistent; writes are atomic and durable.

    Every method can raise `Unavailable` and the errors that it documents.
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
            Conflict: the name is taken, or its generation is different. Of simultaneous creations, one succeeds.
        """

    def stat(self, name: str) -> Object | None:
        """The object without its bytes; None if there is none."""

    def read(self, name: str) -> tuple[Object, bytes]:
        """The object and all its bytes.

        Raises:
            ObjectNotFound: there is no object with that name.
        """

    def set_metadata(self, seen: Object, metadata: Mapping[str, str]) -> Object:
        """Replace the custom metadata of the object that was read as `seen`.

        Raises:
            Conflict: the object or its metadata was changed since, or the object was deleted.
        """

    def delete(self, name: str, *, if_generation: int, for_good: bool = False) -> None:
        """Delete exactly that generation of the object.

        Args:
            name: of the object.
            if_generation: the generation that it must have.
            for_good: whether nothing that the object contained may be kept, not even for a while.

        Raises:
            Conflict: the object is gone, or its generation is different.
            CannotPurge: the backend keeps deleted objects. Nothing was deleted.
        """

    def list(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> Sequence[Object]:
        """At most `limit` objects whose names begin with `prefix` and sort after `after` (by code point), in order."""


class Tally(StrEnum):
    """The kinds of counts: views of each image, by its id, and calls of each function, by its name."""

    VIEWS = "views"
    CALLS = "calls"


MAX_ADDED: Final = 400
"""Names in one `Counters.add`. Firestore takes 500 changes in a commit."""


class Counters(Protocol):
    """Counts that only increase. They are approximate: an addition that fails may or may not have taken effect.

    Every method can raise `Unavailable`.
    """

    def add(self, tally: Tally, counts: Mapping[str, int], *, timeout: float) -> None:
        """Add to the count of each name, all or none, and at most once. It fails after `timeout` seconds.

        `counts` has at most `MAX_ADDED` names.
        """

    def top(self, tally: Tally, limit: int) -> Sequence[tuple[str, int]]:
        """At most `limit` names with the greatest counts, the greatest first."""

    def total(self, tally: Tally) -> int:
        """The sum of all counts."""

    def forget(self, tally: Tally, names: Collection[str]) -> None:
        """Delete the counts of these names."""
