"""Runs the tests of this folder on every backend that enforces preconditions."""

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", ["embedded", "strict"], indirect=True)
