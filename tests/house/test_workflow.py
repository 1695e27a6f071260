"""The workflow on GitHub is valid, uses pinned actions, and has only the permissions that it needs."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.processes import ROOT

WORKFLOW = ROOT / ".github/workflows/ci.yml"
TEXT = WORKFLOW.read_text()


def checked(path: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_workflow_is_valid() -> None:
    done = checked(WORKFLOW)
    assert done.returncode == 0, done.stdout


def test_a_mistake_in_a_workflow_is_found(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(TEXT.replace("runs-on", "run-on"))
    assert checked(broken).returncode != 0


@pytest.mark.parametrize("action", re.findall(r"uses: (.*)", TEXT))
def test_every_action_is_pinned_by_its_commit(action: str) -> None:
    assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_only_the_deployment_can_get_a_token() -> None:
    assert "\npermissions: {}\n" in TEXT
    test, deploy = re.split(r"^  deploy:$", TEXT, flags=re.MULTILINE)
    assert "id-token" not in test
    assert re.findall(r"^      ([\w-]+: \w+)", deploy.partition("steps:")[0], re.MULTILINE) == [
        "contents: read",
        "id-token: write",
    ]
    assert "secrets." not in TEXT
    assert "pull_request_target" not in TEXT


def test_the_tests_run_on_every_supported_python() -> None:
    (versions,) = re.findall(r"^ +python: (\[.+\])", TEXT, re.MULTILINE)
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    (runtime,) = re.findall(r'runtime += "python3(\d+)"', (ROOT / "infra/functions.tf").read_text())
    assert oldest == json.loads(versions)[0]
    assert json.loads(versions) == [f"3.{minor}" for minor in range(int(oldest.partition(".")[2]), int(runtime) + 1)]


def test_the_tests_run_on_bare_debian_with_its_own_python() -> None:
    _, job = TEXT.split("\n  debian:\n")
    job = job.partition("\n  deploy:\n")[0]
    assert 'release: ["12", "13"]' in job
    assert "container: debian:${{ matrix.release }}" in job
    assert "setup-python" not in job
    assert "run: .ci/with-python /usr/bin/python3" in job


def test_nothing_is_deployed_before_every_job_has_passed() -> None:
    jobs = re.findall(r"^  ([\w-]+):$", TEXT.partition("\njobs:\n")[2], re.MULTILINE)
    assert f"needs: [{', '.join(each for each in jobs if each != 'deploy')}]" in TEXT
