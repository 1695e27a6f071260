"""Fixtures for the tests of a bucket: how a backend is opened, what it cannot do, and how objects are written."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from typing import ClassVar

import pytest

from functions.domain.errors import Conflict
from functions.domain.ports import Bucket, Object
from tests.contracts.backends import FreshBucket, OpenBucket, ReopenBucket

JPEG = "image/jpeg"
ODD_NAMES = [
    "with spaces and ümläuts.jpg",
    "../../etc/passwd",
    "/leading/slash",
    "double//slash",
    "trailing/",
    ".hidden",
    "a/../b",
    "CON",
    "🌅/日本語",
    "per%2Fcent?query#fragment",
    "'quoted' \"too\" \\ back",
    "x" * 1024,
    "é" * 512,
]


def put(bucket: Bucket, name: str = "a.jpg", data: bytes = b"bytes", *, if_generation: int = 0) -> Object:
    """Write an object with a caption."""
    return bucket.write(name, data, content_type=JPEG, metadata={"caption": "x"}, if_generation=if_generation)


def wins(bucket: Bucket, number: int) -> int | None:
    """Try to create the object. Returns its generation, or None if another caller has created it."""
    with suppress(Conflict):
        return bucket.write("a.jpg", b"%d" % number, content_type=JPEG, metadata={"by": str(number)}).generation
    return None


class BucketFixtures:
    """Fixtures of a bucket. A backend overrides `fresh`, and the attributes for what it cannot do."""

    enforces_preconditions: ClassVar[bool] = True
    """Whether a generation that does not match is refused."""
    names_are_opaque: ClassVar[bool] = True
    """Whether a name is not a path: `..` in it has no effect, and objects `a` and `a/b` can both exist."""
    keeps_leading_slashes: ClassVar[bool] = True
    """Whether a slash at the beginning of a name is a part of it."""
    deletes_for_good: ClassVar[bool] = True
    """Whether the bucket can delete an object so that nothing is kept. If not, it refuses to."""
    survives_processes: ClassVar[bool] = True
    """Whether other processes can open the same namespace."""
    first_metageneration: ClassVar[int] = 1
    """The metageneration of a new object. Cloud Storage has 1. An emulator with another value is wrong."""
    examples: ClassVar[int] = 25
    """The number of sequences of calls that are compared with the model."""

    @pytest.fixture
    def fresh(self) -> FreshBucket:
        raise NotImplementedError

    @pytest.fixture
    def reopen(self, fresh: FreshBucket) -> ReopenBucket:
        return fresh()

    @pytest.fixture
    def opened(self, reopen: ReopenBucket) -> Iterator[Callable[[], OpenBucket]]:
        with ExitStack() as stack:
            yield lambda: stack.enter_context(closing(reopen()))

    @pytest.fixture
    def bucket(self, opened: Callable[[], OpenBucket]) -> OpenBucket:
        return opened()
