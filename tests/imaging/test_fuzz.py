"""The fuzz target, in a process of its own for each format: a decoder that crashes ends only that process."""

import json
import os
import re
import signal
import subprocess
import sys
from typing import Any

import pytest

from functions.imaging import pillow_private
from tests.imaging import fuzz
from tests.processes import ROOT

# Pillow warns of odd animations. `pixels` ignores that, but pytest sets the filters again for each test.
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\.")

CASES = 150
"""Cases of each format in the fast tests."""
SLOW_CASES = int(os.environ.get("FUZZ_CASES", "5000"))
"""Cases of each format in the slow tests. They start after the fast ones."""
PEAK_MIB = 300
"""The most memory that one request may take."""
TARGET = [sys.executable, "-m", "tests.imaging.fuzz"]


def summary(command: list[str], timeout: float) -> dict[str, int]:
    """What the target prints at the end.

    Raises:
        AssertionError: A case failed. The message has its number and the end of the error output.
    """
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=timeout)
    *_, last = ["before the first case", *done.stdout.splitlines()]
    if done.returncode:
        reason = signal.Signals(-done.returncode).name if done.returncode < 0 else f"status {done.returncode}"
        raise AssertionError(f"The process ended with {reason}, case: {last}.\n{done.stderr[-3000:]}")
    found: dict[str, int] = json.loads(last)
    return found


def check(name: str, first: int, last: int, timeout: float) -> None:
    found = summary([*TARGET, name, str(first), str(last)], timeout)
    assert found["accepted"] + found["refused"] == last - first
    assert min(found["accepted"], found["refused"]) > (last - first) / 10, "The damage is too weak or too strong."
    assert found["peak_mib"] < PEAK_MIB


@pytest.mark.parametrize("name", fuzz.FORMATS)
def test_only_domain_errors_escape(name: str) -> None:
    check(name, 0, CASES, timeout=100)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", fuzz.FORMATS)
def test_only_domain_errors_escape_in_many_cases(name: str) -> None:
    check(name, CASES, CASES + SLOW_CASES, timeout=3500)


@pytest.mark.parametrize(
    ("program", "report"),
    [
        ("import os; print(7, flush=True); os.abort()", "The process ended with SIGABRT, case: 7."),
        ("print(8); 1 / 0", "The process ended with status 1, case: 8.\nTraceback"),
        ("import nothing", "The process ended with status 1, case: before the first case.\nTraceback"),
    ],
)
def test_a_failure_is_reported_with_its_case(program: str, report: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(report)):
        summary([sys.executable, "-c", program], timeout=60)


class Reached(BaseException):
    """No code under test catches it."""


@pytest.mark.parametrize(
    ("name", "place"),
    [("webp", "webp_frames"), ("webp", "WebPAnimation.add"), ("gif", "WebPAnimation.assemble"), ("png", "unpack_as")],
)
def test_the_target_reaches_the_private_api(name: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(*_: Any) -> None:
        raise Reached

    monkeypatch.setattr(f"{pillow_private.__name__}.{place}", reached)
    with pytest.raises(Reached):
        list(map(fuzz.accepts, fuzz.seeds(name)))


@pytest.mark.parametrize("name", fuzz.FORMATS)
def test_the_target_accepts_the_files_that_it_damages(name: str) -> None:
    refused = [data for data in fuzz.seeds(name) if not fuzz.accepts(data)]
    assert len(refused) == {"heic": 2}.get(name, 0), "corrupted.heic and truncated.heic are damaged"


def test_a_case_is_always_the_same_file() -> None:
    assert fuzz.case("png", 5) == fuzz.case("png", 5) != fuzz.case("png", 6)
