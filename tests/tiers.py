"""Pytest plugin: gives each test the marker of its tier, derived from what the test needs.

`make test` runs the tier `fast`, `make test-all` every tier but `slow`, `make test-slow` the rest.
"""

import shutil
import sys
from collections.abc import Generator
from pathlib import PurePath
from typing import Any, Final

import pytest

FAST: Final = "fast"
SLOW: Final = "slow"
TIERS: Final = {
    FAST: "runs in this process or with one local server",
    "load": "restarts servers, kills processes or moves much data",
    "emulators": "needs the emulator of Firestore or of Cloud Storage",
    "browser": "needs Chromium",
    "terraform": "needs Terraform, gcloud or checkov, or packs what they deploy",
    SLOW: "takes minutes",
}
"""Each tier's marker, with its meaning."""

_FOLDERS: Final = {"browser": "browser", "infra": "terraform", "deploy": "terraform", "debian": SLOW}
"""Tier by folder below `tests/`."""

_FIXTURES: Final = dict.fromkeys(("firestore_host", "storage_url", "emulators", "strict"), "emulators")
"""Tier by fixture: requested, indirectly requested, or named by a parameter of the test."""

_PROGRAMS: Final = {"java": "emulators", "chromium": "browser", "terraform": "terraform", "gcloud": "terraform"}
"""Tier by program that a test may start."""


class _Running:
    """The test that runs, if any."""

    item: pytest.Item | None = None


def tier_of(item: pytest.Item) -> str:
    """Return the tier of a test: that of its own marker, else of its folder, else of its fixtures, else `fast`."""
    own = next((mark.name for mark in item.iter_markers() if mark.name in TIERS), None)
    if own is not None:
        return own
    folder = item.path.relative_to(item.config.rootpath).parts[1]
    by_fixture = (_FIXTURES[each] for each in _names(item) if each in _FIXTURES)
    return _FOLDERS.get(folder) or next(by_fixture, FAST)


def _names(item: pytest.Item) -> list[str]:
    """All fixtures of a test, and the strings among its parameters, which may name more."""
    parameters: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    return [*getattr(item, "fixturenames", ()), *(each for each in parameters.values() if isinstance(each, str))]


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    for name, meaning in TIERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with exactly one tier."""
    for item in items:
        tier = tier_of(item)
        if item.get_closest_marker(tier) is None:
            item.add_marker(tier)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Remember which test runs."""
    _Running.item = item
    try:
        return (yield)
    finally:
        _Running.item = None


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Fail a fast test that starts a program of another tier: it would slow down or break `make test`.

    Raises:
        AssertionError: the message says how to move the test into its tier.
    """
    if event != "subprocess.Popen" or _Running.item is None or _Running.item.get_closest_marker(FAST) is None:
        return
    executable, command = arguments[:2]
    words = [shutil.which(executable), *([] if isinstance(command, str | bytes | PurePath) else command)]
    for each in filter(None, map(_program, words)):
        raise AssertionError(
            f"A test of the tier {FAST} starts {each}. Mark it: @pytest.mark.{_PROGRAMS[each]} (see tests/tiers.py)."
        )


def _program(word: object) -> str | None:
    """Return the name of the installed program whose path this word of a command line is, if it has a tier."""
    name = PurePath(word).name if isinstance(word, str | PurePath) else ""
    return name if name in _PROGRAMS and str(word) == shutil.which(name) else None


sys.addaudithook(_guard)
