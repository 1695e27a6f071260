"""A function whose import fails: functions-framework must show where, and must not report a missing function."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, free_port

FAULTS = {
    "AttributeError": "from http import HTTPStatus; HTTPStatus.no_such_member",
    "ModuleNotFoundError": "import no_such_module",
    "SyntaxError": "def",
}


@pytest.mark.parametrize("error", FAULTS)
def test_the_traceback_of_a_failed_import_names_its_line(error: str, tmp_path: Path) -> None:
    copy, module = tmp_path / "tree", "functions/services/tickets.py"
    shutil.copytree(ROOT / "functions", copy / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "main.py", copy / "main.py")
    with (copy / module).open("a") as file:
        file.write(f"\n{FAULTS[error]}\n")
    line = len((copy / module).read_text().splitlines())
    errors = _serve("upload_image", copy)
    assert f'{module}", line {line}' in errors
    assert error in errors.splitlines()[-1]
    assert "is expected to contain a function" not in errors


def test_an_unknown_function_is_reported_as_missing() -> None:
    assert "is expected to contain a function named 'no_such_function'" in _serve("no_such_function", ROOT)


def _serve(target: str, folder: Path) -> str:
    """Serve a function that functions-framework cannot load. Returns the error output."""
    command = [sys.executable, "-m", "functions_framework", "--target", target, "--port", str(free_port())]
    # functions-framework sets FUNCTION_… in the environment of a process that creates an application with it.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FUNCTION_")}
    done = subprocess.run(command, cwd=folder, env=inherited, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    return done.stderr
