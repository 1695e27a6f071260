"""Fixtures of the contracts, and the selection of the tests that a backend must pass."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from functions.adapters.embedded.bucket import FilesystemBucket
from tests.contracts.recoveries import opened


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that need something which the backend of their class cannot do."""
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        needs = [str(name) for mark in item.iter_markers("needs") for name in mark.args]
        backend = item.getparent(pytest.Class)
        can = all(backend is not None and getattr(backend.obj, name) for name in needs)
        (kept if can else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[FilesystemBucket]:
    """A bucket on the file system that notifies, as originals and dropbox do."""
    with closing(opened(tmp_path)) as bucket:
        yield bucket
