"""The modules of the page that do not use the DOM, tested with Node.js. Each test in JavaScript is one test here."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.processes import ROOT

FILES: Final = sorted(Path(__file__).parent.glob("*.test.js"))
NAMES: Final = {each: re.findall(r'^test\("(.+)", ', each.read_text(), re.MULTILINE) for each in FILES}
_TIMEOUT: Final = 60
_RESULT: Final = re.compile(r"^(?P<status>ok|not ok) \d+ - (?P<name>.+?)(?P<directive> # (?:SKIP|TODO).*)?$")


class Results(NamedTuple):
    """The names of the tests in a file that passed, and of those that did not, and the output."""

    passed: list[str]
    others: list[str]
    output: str


@pytest.fixture(scope="module")
def results() -> Mapping[Path, Results]:
    """What Node.js reports for each file."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed: sudo apt install nodejs")
    return {each: run(node, each) for each in FILES}


def run(node: str, file: Path) -> Results:
    """Run the tests of a file."""
    command = [node, "--test-reporter=tap", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=_TIMEOUT)
    found = [each for each in map(_RESULT.match, done.stdout.splitlines()) if each is not None]
    passed = [each["name"] for each in found if each["status"] == "ok" and each["directive"] is None]
    others = [each["name"] for each in found if each["name"] not in passed]
    return Results(passed, others, done.stdout + done.stderr)


@pytest.mark.parametrize(
    ("file", "name"),
    [(file, name) for file in FILES for name in NAMES[file]],
    ids=lambda each: getattr(each, "name", each),
)
def test_the_test_in_javascript_passes(file: Path, name: str, results: Mapping[Path, Results]) -> None:
    assert name in results[file].passed, results[file].output


@pytest.mark.parametrize("file", FILES, ids=lambda each: each.name)
def test_every_test_in_javascript_is_found(file: Path, results: Mapping[Path, Results]) -> None:
    assert [*results[file].passed, *results[file].others] == NAMES[file]


def test_a_failure_in_javascript_is_reported(results: Mapping[Path, Results], tmp_path: Path) -> None:
    del results  # skips without Node.js
    file = tmp_path / "failing.test.js"
    file.write_text(
        'const { test } = require("node:test");\n'
        'test("good", () => {});\n'
        'test("bad", () => { throw new Error("reason"); });\n'
        'test("skipped", { skip: true }, () => {});\n'
    )
    node = shutil.which("node")
    assert node is not None
    passed, others, output = run(node, file)
    assert (passed, others) == (["good"], ["bad", "skipped"])
    assert "reason" in output
