"""What holds for every suite: a group that cannot run here is named, and in CI that is a failure."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.harness import Service, local_app


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """CI has everything: a skipped test there is a missing part of the machine, or of the proof."""
    del item, call
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """The whole repository on the embedded backend, in this process; its events wait until they are delivered."""
    with Service(tmp_path, local_app()) as each:
        yield each
