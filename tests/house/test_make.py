"""`make` on a machine that lacks something: one message with the remedy, a non-zero status, no files."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT

LACKING = {
    "no Python": (None, "Install Python: sudo apt install python3 python3-venv"),
    "an old Python": ('case "$2" in *version_info*) exit 1;; esac', "Use a newer one: make run PYTHON=python3.13"),
    "no venv": ('case "$2" in *ensurepip*) exit 1;; esac', "Install it: sudo apt install python3-venv"),
}


@pytest.mark.parametrize("case", LACKING)
def test_the_message_has_the_remedy_for_what_is_missing(case: str, tmp_path: Path) -> None:
    script, remedy = LACKING[case]
    python = tmp_path / "python"
    if script is not None:
        python.write_text(f"#!/bin/sh\n{script}\nexit 0\n")
        python.chmod(0o755)
    command = ["make", "--no-print-directory", "run", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("MAKE")
    }  # without the variables of `make test`
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=30)
    sentence, *rest = done.stderr.splitlines()
    assert done.returncode != 0
    assert sentence.endswith(remedy)
    assert all(each.startswith("make: ***") for each in rest)
    assert not (tmp_path / "venv").exists()


SMOKE = {
    (): True,
    ("SMOKE=0",): False,
    ("SMOKE=1",): True,
    ("SMOKE=",): False,
}


@pytest.mark.parametrize("given", SMOKE)
@pytest.mark.parametrize("where", ["typed", "in the environment"])
def test_a_deployment_is_tried_unless_smoke_is_0(given: tuple[str, ...], where: str) -> None:
    """`make -n` shows what a command would do."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "SMOKE"))}
    command = ["make", "-n", "deploy", "PROJECT=my-photos-1"]
    if where == "typed":
        command += given
    else:
        inherited |= dict(each.split("=") for each in given)
    done = subprocess.run(command, cwd=ROOT, env=inherited, capture_output=True, text=True, check=True, timeout=30)
    assert ("--SMOKE=1" in done.stdout) == SMOKE[given]
