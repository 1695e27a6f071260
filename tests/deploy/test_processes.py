"""Programs that use the terminal."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT
from tools.deploy.processes import show

PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, lambda *_: sys.exit(7))
print("ready", flush=True)
print("Error: it fails", file=sys.stderr, flush=True)
signal.pause()
"""

SHOW = """
import sys
from tools.deploy.processes import show
shown = show(sys.executable, sys.argv[1], env={})
print("status", shown.status, "error", repr(shown.error), flush=True)
"""


def test_the_errors_of_a_program_are_printed_and_returned(capsys: pytest.CaptureFixture[str]) -> None:
    shown = show(sys.executable, "-c", "import sys; print('ein Fehler: ä', file=sys.stderr); sys.exit(3)", env={})
    assert shown.status == 3
    assert shown.error == capsys.readouterr().err == "ein Fehler: ä\n"


def test_ctrl_c_reaches_the_program_and_its_exit_status_is_returned(tmp_path: Path) -> None:
    """Terraform saves its state after Ctrl-C. Until it has done so, the command must wait."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, "-c", SHOW, str(program)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        assert process.stderr.readline() == "Error: it fails\n"
        signal_group(process)
        assert process.stdout.readline() == "status 7 error 'Error: it fails\\n'\n"
        assert process.wait(60) == 0


def signal_group(process: "subprocess.Popen[str]") -> None:
    """Interrupt the command and the program that it runs, as a terminal does."""
    os.killpg(process.pid, signal.SIGINT)
