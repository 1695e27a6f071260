"""What a machine may lack that some tests need; such a test is skipped, with the remedy."""

import multiprocessing
import pty
from os import close

import pytest


def require_semaphores() -> None:
    """Skip the test unless processes can share a lock.

    A read-only /dev/shm makes this fail, as in some containers.
    """
    try:
        multiprocessing.get_context("forkserver").Lock()
    except OSError as error:
        pytest.skip(f"Processes cannot share locks here ({error.strerror}). Make /dev/shm writable.")


def require_terminals() -> None:
    """Skip the test unless this machine can open a pseudo-terminal."""
    try:
        for each in pty.openpty():
            close(each)
    except OSError as error:
        pytest.skip(f"No pseudo-terminal can be opened here ({error}). Mount one: mount -t devpts devpts /dev/pts")
