"""GitHub's workflow: well-formed, pinned, and allowed no more than it needs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

WORKFLOW = ROOT / ".github/workflows/ci.yml"
TEXT = WORKFLOW.read_text()


def checked(path: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_it_is_what_github_takes() -> None:
    done = checked(WORKFLOW)
    assert done.returncode == 0, done.stdout


def test_a_mistake_would_be_found(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(TEXT.replace("runs-on", "run-on"))
    assert checked(broken).returncode != 0


@pytest.mark.parametrize("action", re.findall(r"uses: (.*)", TEXT))
def test_every_action_is_pinned_by_its_commit(action: str) -> None:
    assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_nothing_but_the_deployment_may_ask_for_a_token() -> None:
    assert "\npermissions: {}\n" in TEXT
    test, deploy = re.split(r"^  deploy:$", TEXT, flags=re.MULTILINE)
    assert "id-token" not in test
    assert re.findall(r"^      ([\w-]+: \w+)", deploy.partition("steps:")[0], re.MULTILINE) == [
        "contents: read",
        "id-token: write",
    ]
    assert "secrets." not in TEXT
    assert "pull_request_target" not in TEXT
