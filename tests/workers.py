"""Pytest plugin: how many processes run the tests, which files they run first, and what the garbage collector reads."""

import gc
from collections import Counter
from collections.abc import Generator
from typing import Final

import pytest

LONGEST: Final = (
    "services/test_repair_crashes.py",
    "deploy/test_first_deployment.py",
    "deploy/test_interruptions.py",
    "infra/test_terraform.py",
    "tools/test_repair.py",
    "deploy/test_lacking.py",
    "services/test_interleavings.py",
    "services/test_crash_points.py",
    "deploy/test_keys_and_logs.py",
    "deploy/test_destroy.py",
    "runner/test_lost_databases.py",
    "client/test_big_files.py",
    "runner/test_cloud_backend.py",
    "tools/test_repair_files.py",
    "services/test_walk.py",
    "client/test_wheel.py",
)
"""The files that take longest, below `tests/`. At the end of a run, one of them would keep only one process busy."""


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Return the number of CPUs, and one more: many tests wait for a server or for a time limit."""
    return (yield) + 1


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from the modules and the tests, which all stay. It took a third of the collection."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)  # after `-m` has selected
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """If several processes run the tests, start with the files that take longest, then with those of most tests."""
    if not hasattr(config, "workerinput"):
        return
    tests = config.rootpath / "tests"
    rank = {tests / name: place for place, name in enumerate(LONGEST)}
    counts = Counter(each.path for each in items)
    items.sort(key=lambda each: (rank.get(each.path, len(rank)), -counts[each.path]))
