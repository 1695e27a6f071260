"""Ctrl-C while a command imports its modules: no traceback."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

INTERRUPTED = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n"
COMMANDS = re.findall(r"\$\(START\) ([\w.]+)", (ROOT / "Makefile").read_text())


def started(folder: Path, module: str) -> "subprocess.CompletedProcess[str]":
    """Start a command. Modules in the folder replace those of Python."""
    path = os.pathsep.join([str(folder), str(ROOT), str(ROOT / "client")])
    return subprocess.run(
        [sys.executable, "-m", "tools.start", module],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("module", sorted(set(COMMANDS)))
def test_ctrl_c_during_the_imports_of_a_command_shows_no_traceback(module: str, tmp_path: Path) -> None:
    """Each command imports pathlib, which Python itself does not need to start."""
    (tmp_path / "pathlib.py").write_text(INTERRUPTED)
    done = started(tmp_path, module)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGINT, "", "")


def test_a_command_gets_its_arguments_and_its_status(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("import sys\nprint(sys.argv[1:], __name__)\nsys.exit(3)\n")
    done = started(tmp_path, "own")
    assert (done.returncode, done.stdout) == (3, "[] __main__\n")


def test_every_command_of_the_makefile_is_started_so() -> None:
    """Except pytest, which reports Ctrl-C itself."""
    direct = re.findall(r"\$\(BIN\)/python -m ([\w.]+)", (ROOT / "Makefile").read_text())
    assert set(direct) == {"pytest", "tools.start"}
    assert len(set(COMMANDS)) > 5
