"""Pytest plugin: how many processes run the tests."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Return the number of CPUs, and one more: many tests wait for a server or for a time limit."""
    return (yield) + 1
