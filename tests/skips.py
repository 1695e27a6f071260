"""Pytest plugin: counts skipped tests by reason, one line each; with CI=true, a skipped test fails."""

import os
from collections import Counter
from collections.abc import Generator, Iterable

import pytest

_SKIPPED = "Skipped: "


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure in CI, where every tool must be installed."""
    del item, call
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print why tests were not run, and what to do about it."""
    reports = [each for kind in ("skipped", "failed", "error") for each in terminalreporter.stats.get(kind, ())]
    lines = summary(reports)
    if lines:
        terminalreporter.section("tests that did not run, by reason")
        for line in lines:
            terminalreporter.line(line)


def summary(reports: Iterable[pytest.TestReport | pytest.CollectReport]) -> list[str]:
    """Return a line for each reason to skip, the most frequent first: `  12  Chromium is not installed: …`."""
    counts = Counter(filter(None, map(_reason, reports)))
    return [f"{count:>5}  {reason}" for reason, count in counts.most_common()]


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """Return why a test was skipped, in one line; None if it ran."""
    if not isinstance(report.longrepr, tuple):
        return None
    return " ".join(report.longrepr[2].removeprefix(_SKIPPED).split())
