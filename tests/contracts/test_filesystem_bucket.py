"""The bucket's contract, on the file system."""

from functools import partial
from itertools import count
from pathlib import Path

import pytest

from functions.adapters.embedded.bucket import FilesystemBucket
from tests.contracts.backends import FreshBucket
from tests.contracts.bucket_contract import BucketContract


class TestFilesystemBucket(BucketContract):
    @pytest.fixture
    def fresh(self, tmp_path: Path) -> FreshBucket:
        numbers = count()
        return lambda: partial(FilesystemBucket, tmp_path / f"bucket-{next(numbers)}", name="originals")


class TestNotifyingFilesystemBucket(BucketContract):
    @pytest.fixture
    def fresh(self, tmp_path: Path) -> FreshBucket:
        numbers = count()
        return lambda: partial(FilesystemBucket, tmp_path / f"{next(numbers)}", name="originals", notifies=True)
