"""Which tests of a contract a backend is held to."""

import pytest


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
