"""The bucket's contract, on emulators of Cloud Storage."""

import os
import secrets
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

import pytest
import requests

from functions.adapters.gcp.bucket import GcsBucket
from functions.adapters.gcp.retry import RetryPolicy
from functions.adapters.gcp.storage import storage_client
from tests.contracts.backends import FreshBucket, ReopenBucket
from tests.contracts.bucket_contract import BucketContract
from tests.gcs_server import gcs_server


def open_bucket(url: str, name: str) -> GcsBucket:
    """Open the bucket at `url`. Any process can call this."""
    return GcsBucket(name, storage_client(url), policy=RetryPolicy(call=3))


def new_bucket(url: str) -> ReopenBucket:
    """Create an empty bucket with a unique name."""
    name = f"contract-{secrets.token_hex(8)}"
    requests.post(f"{url}/storage/v1/b?project=contract", json={"name": name}, timeout=10).raise_for_status()
    return partial(open_bucket, url, name)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The URL in `GCS_CONTRACT_ENDPOINT`, or that of our own strict server."""
    named = os.environ.get("GCS_CONTRACT_ENDPOINT")
    if named:
        yield named.rstrip("/")
        return
    with gcs_server() as server:
        yield server.url


class TestGcsBucket(BucketContract):
    """The whole contract, on a server that follows the documentation of the JSON API."""

    @pytest.fixture
    def fresh(self, endpoint: str) -> FreshBucket:
        return partial(new_bucket, endpoint)


class TestGcsBucketOnStorageEmulator(BucketContract):
    """Most of the contract: gcp-storage-emulator ignores preconditions, and uses the names of objects as paths."""

    enforces_preconditions: ClassVar[bool] = False
    names_are_opaque: ClassVar[bool] = False
    first_metageneration: ClassVar[int] = 2

    @pytest.fixture
    def fresh(self, storage_url: str) -> FreshBucket:
        return partial(new_bucket, storage_url)
