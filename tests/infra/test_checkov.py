"""checkov finds no insecure setting, except those that have a reason."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT

INFRA = ROOT / "infra"
CHECKOV = ROOT / ".venv-checkov/bin/checkov"


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    if not CHECKOV.exists():
        pytest.skip("checkov is not installed. Run: make checkov")
    command: list[str | Path] = [
        CHECKOV,
        "--directory",
        INFRA,
        "--config-file",
        INFRA / ".checkov.yaml",
        "--output",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    found: dict[str, Any] = json.loads(done.stdout)["results"]
    return found


def test_nothing_fails(results: dict[str, Any]) -> None:
    assert [f"{each['check_id']} {each['resource']}" for each in results["failed_checks"]] == []
    assert results["parsing_errors"] == []
    assert len(results["passed_checks"]) > 40


def test_every_skip_has_a_reason_and_skips_something(results: dict[str, Any]) -> None:
    skipped = {(each["check_id"], each["file_path"].removeprefix("/")) for each in results["skipped_checks"]}
    written = {
        (check, path.name): reason
        for path in INFRA.glob("*.tf")
        for check, reason in re.findall(r"#\s*checkov:skip=(\w+):?(.*)", path.read_text())
    }
    assert all(len(reason.split()) > 3 for reason in written.values())
    assert set(written) == skipped
