"""Each test is in exactly one tier, according to its needs, and the three commands run all tiers."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT
from tests.tiers import TIERS
from tests.workers import LONGEST

CONFTEST = """
import pytest
from tests.tiers import TIERS
def pytest_collection_modifyitems(items):
    for item in items:
        tiers = [mark.name for mark in item.iter_markers() if mark.name in TIERS]
        print("tiers of", item.originalname, tiers)
@pytest.fixture
def firestore_host(): return "host"
@pytest.fixture
def strict(firestore_host): return firestore_host
@pytest.fixture
def backend(request): return request.getfixturevalue(request.param)
"""
SUITE = {
    "conftest.py": CONFTEST,
    "http/test_fast.py": "def test_fast(): pass",
    "http/test_direct.py": "def test_emulators(firestore_host): pass",
    "http/test_used.py": "import pytest\n@pytest.mark.usefixtures('strict')\ndef test_emulators(): pass",
    "http/test_named.py": """
import pytest
@pytest.mark.parametrize("backend", ["strict"], indirect=True)
def test_emulators(backend): pass
""",
    "http/test_marked.py": "import pytest\npytestmark = pytest.mark.load\ndef test_load(): pass",
    "browser/test_page.py": "def test_browser(): pass",
    "infra/test_plan.py": "def test_terraform(): pass",
    "deploy/test_archives.py": "import pytest\n@pytest.mark.slow\ndef test_slow(): pass\ndef test_terraform(): pass",
    "debian/test_pages.py": "def test_slow(): pass",
}
"""A file for each way in which a test gets its tier. Each test has the name of its tier."""


def pytest_on(folder: Path, files: dict[str, str], *options: str, **environment: str) -> str:
    """Run pytest with our plugins on these files. Returns its output."""
    for name, text in files.items():
        (folder / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tests" / name).write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p tests.tiers -p tests.skips --import-mode=importlib\n")
    inherited = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST_")}
    plain = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers", *options],
        cwd=folder,
        env=inherited | plain | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


def selected(folder: Path, expression: str) -> set[str]:
    """The tests of the suite that `pytest -m` selects."""
    lines = pytest_on(folder, SUITE, "--collect-only", "-m", expression).splitlines()
    return {each for each in lines if "::" in each}


def test_a_test_is_only_in_the_tier_of_its_needs(tmp_path: Path) -> None:
    output = pytest_on(tmp_path, SUITE, "--collect-only")
    tiers = re.findall(r"^tiers of test_(\w+) \['(\w+)'\]$", output, re.MULTILINE)
    assert len(tiers) == output.count("::") > 0
    assert {name for name, _ in tiers} == set(TIERS)
    assert all(name == tier for name, tier in tiers)


def test_the_three_commands_run_every_test(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    found = dict(re.findall(r'^(test[a-z-]*):.*\n\t.+pytest -m "?([^"\n]+)"?$', makefile, re.MULTILINE))
    assert list(found) == ["test", "test-all", "test-slow"]
    fast, most, slow = (selected(tmp_path, expression) for expression in found.values())
    assert fast < most
    assert most & slow == set()
    assert most | slow == selected(tmp_path, "")


def test_a_fast_test_cannot_start_a_program_of_another_tier(tmp_path: Path) -> None:
    for name in ("java", "other"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    start = f"""
import subprocess, pytest
def test_fast(): subprocess.run(["sh", "-c", '"$@"', "sh", {str(tmp_path / "java")!r}])
@pytest.mark.emulators
def test_marked(): subprocess.run(["java"])
def test_other(): subprocess.run(["other"])
"""
    files = {"http/test_start.py": start}
    output = pytest_on(tmp_path, files, "-rf", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert "1 failed, 2 passed" in output
    assert "A test of the tier fast starts java. Mark it: @pytest.mark.emulators" in output


SKIPPED = """
import pytest
@pytest.mark.parametrize("number", range(3))
def test_page(number): pytest.skip("Chromium is not installed.\\nInstall it: sudo apt install chromium")
@pytest.mark.skipif(True, reason="Java is not installed. Install it: sudo apt install default-jre-headless")
def test_catalog(): pass
def test_runs(): pass
"""


def test_skips_are_counted_by_reason(tmp_path: Path) -> None:
    output = pytest_on(tmp_path, {"http/test_skips.py": SKIPPED})
    assert "1 passed, 4 skipped" in output
    assert "    3  Chromium is not installed. Install it: sudo apt install chromium\n" in output
    assert "    1  Java is not installed. Install it: sudo apt install default-jre-headless\n" in output
    assert output.count("Install it") == 2


def test_a_skip_in_ci_is_a_failure_and_is_still_counted(tmp_path: Path) -> None:
    output = pytest_on(tmp_path, {"http/test_skips.py": SKIPPED}, "--tb=no", CI="true")
    assert "3 failed, 1 passed, 1 error" in output
    assert "    3  Chromium is not installed. Install it: sudo apt install chromium\n" in output


def test_the_files_that_run_first_exist() -> None:
    assert [each for each in LONGEST if not (ROOT / "tests" / each).is_file()] == []
