"""Pytest plugin: one Firestore emulator for all processes that run the tests.

A Java program takes seconds to start, and much CPU time until it is fast. Each test uses a project or names of its own.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import pytest

from tools.emulators import CannotStart, firestore_emulator

_ROOT: Final = Path(__file__).parent.parent
_FOLDER: Final = pytest.StashKey[Path]()
_LIFETIME: Final = pytest.StashKey[int]()
_PROCESS: Final = pytest.StashKey["subprocess.Popen[str]"]()
_INPUT: Final = "firestore_folder"


def pytest_configure(config: pytest.Config) -> None:
    """Make a folder for the address of the emulator, and a pipe. The emulator ends when this process closes the pipe.

    A process of pytest-xdist uses those of the process that started it.
    """
    if hasattr(config, "workerinput"):
        config.stash[_FOLDER] = Path(config.workerinput[_INPUT])
        return
    folder = Path(tempfile.mkdtemp(prefix="firestore-"))
    os.mkfifo(folder / "lifetime")
    config.stash[_FOLDER] = folder
    config.stash[_LIFETIME] = os.open(folder / "lifetime", os.O_RDWR)  # opening it for writing would wait for a reader


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process of pytest-xdist the folder."""
    node.workerinput[_INPUT] = str(node.config.stash[_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let the emulator end."""
    if _LIFETIME in config.stash:
        os.close(config.stash[_LIFETIME])
        if _PROCESS in config.stash:
            config.stash[_PROCESS].wait()
        shutil.rmtree(config.stash[_FOLDER])


@pytest.fixture(scope="session")
def firestore_host(pytestconfig: pytest.Config) -> str:
    """The `host:port` of the emulator. The first process that needs it starts it, and others wait."""
    folder = pytestconfig.stash[_FOLDER]
    address = folder / "address"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            try:
                address.write_text(_start(pytestconfig))
            except CannotStart as error:
                pytest.skip(str(error))
    return address.read_text()


def _start(config: pytest.Config) -> str:
    """Start the emulator. It outlives this process, so the stash keeps the object, which would warn of that."""
    command = [sys.executable, "-m", __name__]
    with (config.stash[_FOLDER] / "lifetime").open() as until:
        process = config.stash[_PROCESS] = subprocess.Popen(
            command, stdin=until, stdout=subprocess.PIPE, text=True, start_new_session=True, cwd=_ROOT
        )
    assert process.stdout is not None
    with process.stdout as output:
        kind, _, text = output.readline().partition(" ")
        if kind != "address":
            raise CannotStart(text + output.read())
    return text.strip()


def main() -> None:
    """Run the emulator until the standard input ends. Print its address, or why it cannot start."""
    try:
        with firestore_emulator() as host:
            sys.stdout.write(f"address {host}\n")
            sys.stdout.flush()
            sys.stdin.read()
    except CannotStart as error:
        sys.stdout.write(f"error {error}\n")


if __name__ == "__main__":
    main()
