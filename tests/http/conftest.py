"""Runs the tests of this folder on every backend."""

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", ["embedded", "emulators"], indirect=True)
