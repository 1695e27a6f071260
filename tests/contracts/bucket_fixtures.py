"""What the tests of a bucket stand on: how a backend is opened, what it cannot do, and objects to begin with."""

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
    """An object that is there now."""
    return bucket.write(name, data, content_type=JPEG, metadata={"caption": "x"}, if_generation=if_generation)


def wins(bucket: Bucket, number: int) -> int | None:
    """The generation, when this caller was the one who created the object."""
    with suppress(Conflict):
        return bucket.write("a.jpg", b"%d" % number, content_type=JPEG, metadata={"by": str(number)}).generation
    return None


class BucketFixtures:
    """Its attributes say what a backend cannot do; `fresh` is for the backend to override."""

    enforces_preconditions: ClassVar[bool] = True
    """A generation that does not match is refused."""
    names_are_opaque: ClassVar[bool] = True
    """A name is only a name: `..` in it leads nowhere, and `a` and `a/b` can both be there."""
    survives_processes: ClassVar[bool] = True
    """Other processes can open the same namespace."""
    first_metageneration: ClassVar[int] = 1
    """What a new object begins with; where it is not 1, the backend is wrong."""
    examples: ClassVar[int] = 25
    """Sequences of calls that are compared with the model."""

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
