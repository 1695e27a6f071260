"""The bucket's contract, on servers that answer like Cloud Storage."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import pytest
import requests

from functions.adapters.gcp.bucket import GcsBucket
from functions.adapters.gcp.retry import RetryPolicy
from functions.adapters.gcp.storage import storage_client
from functions.domain.ports import Object
from tests.contracts.backends import FreshBucket, ReopenBucket
from tests.contracts.bucket_contract import BucketContract
from tests.gcs_server import gcs_server
from tests.testbench import ADDED, like_testbench


class Plain(GcsBucket):
    """A bucket on a server that adds custom metadata to each object. The objects are returned without it."""

    def write(self, name: str, data: bytes, **options: Any) -> Object:
        return _plain(super().write(name, data, **options))

    def stat(self, name: str) -> Object | None:
        found = super().stat(name)
        return found and _plain(found)

    def read(self, name: str) -> tuple[Object, bytes]:
        found, data = super().read(name)
        return _plain(found), data

    def set_metadata(self, seen: Object, metadata: Mapping[str, str]) -> Object:
        return _plain(super().set_metadata(seen, metadata))

    def list(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> Sequence[Object]:
        return [_plain(each) for each in super().list(prefix, after=after, limit=limit)]


def _plain(found: Object) -> Object:
    own = {name: value for name, value in found.metadata.items() if not name.startswith(ADDED)}
    return replace(found, metadata=own)


def open_bucket(url: str, name: str, kind: type[GcsBucket] = GcsBucket) -> GcsBucket:
    """Open the bucket at `url`. Any process can call this."""
    return kind(name, storage_client(url), policy=RetryPolicy(call=3))


def new_bucket(url: str, kind: type[GcsBucket] = GcsBucket) -> ReopenBucket:
    """Create an empty bucket with a unique name."""
    name = f"contract-{secrets.token_hex(8)}"
    requests.post(f"{url}/storage/v1/b?project=contract", json={"name": name}, timeout=10).raise_for_status()
    return partial(open_bucket, url, name, kind)


@pytest.fixture(scope="module")
def strict_url() -> Iterator[str]:
    """A strict service of our own."""
    with gcs_server() as server:
        yield server.url


@pytest.fixture(scope="module")
def testbench_url() -> Iterator[str]:
    """`GCS_CONTRACT_ENDPOINT`, or a service of our own with the habits of Google's storage-testbench."""
    named = os.environ.get("GCS_CONTRACT_ENDPOINT")
    if named:
        yield named.rstrip("/")
        return
    with like_testbench() as server:
        yield server.url


class TestGcsBucket(BucketContract):
    """The whole contract, on a server that follows the documentation of the JSON API."""

    deletes_for_good: ClassVar[bool] = False

    @pytest.fixture
    def fresh(self, strict_url: str) -> FreshBucket:
        return partial(new_bucket, strict_url)


class TestGcsBucketOnTestbench(BucketContract):
    """Google's storage-testbench, which adds metadata to each object and loses a slash at the beginning of a name."""

    keeps_leading_slashes: ClassVar[bool] = False
    deletes_for_good: ClassVar[bool] = False

    @pytest.fixture
    def fresh(self, testbench_url: str) -> FreshBucket:
        return partial(new_bucket, testbench_url, Plain)

    def test_the_metadata_that_the_server_adds_is_all_that_is_left_out(self, fresh: FreshBucket) -> None:
        """Without this, the class might as well leave out what is ours."""
        plain = fresh()
        assert isinstance(plain, partial)
        url, name, _ = plain.args
        written = plain().write("a.jpg", b"", content_type="image/jpeg", metadata={"x_caption": "Dawn"})
        assert written.metadata == {"x_caption": "Dawn"}
        raw = open_bucket(url, name).stat("a.jpg")
        assert raw is not None
        assert {each for each in raw.metadata if not each.startswith(ADDED)} == {"x_caption"}
        assert any(each.startswith(ADDED) for each in raw.metadata)


class TestGcsBucketOnStorageEmulator(BucketContract):
    """Most of the contract: gcp-storage-emulator ignores preconditions, and uses the names of objects as paths."""

    deletes_for_good: ClassVar[bool] = False
    enforces_preconditions: ClassVar[bool] = False
    names_are_opaque: ClassVar[bool] = False
    first_metageneration: ClassVar[int] = 2

    @pytest.fixture
    def fresh(self, storage_url: str) -> FreshBucket:
        return partial(new_bucket, storage_url)
