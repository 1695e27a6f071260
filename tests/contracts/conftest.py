"""The emulators, started once for all contracts; and which tests of a contract a backend is held to."""

from collections.abc import Iterator

import pytest

from tools.emulators import CannotStart, firestore_emulator, storage_emulator


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


@pytest.fixture(scope="session")
def firestore_host() -> Iterator[str]:
    """`host:port` of a Firestore emulator."""
    try:
        with firestore_emulator() as host:
            yield host
    except CannotStart as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def storage_url() -> Iterator[str]:
    """The URL of a Cloud Storage emulator."""
    try:
        with storage_emulator() as url:
            yield url
    except CannotStart as error:
        pytest.skip(str(error))
