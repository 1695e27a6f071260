"""Which tests of a contract a backend is held to."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from functions.adapters.embedded.bucket import FilesystemBucket
from tests.contracts.recoveries import opened


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that need what their class declares that its backend cannot do."""
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
