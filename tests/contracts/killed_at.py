"""A process that is killed before a chosen operation on the file system."""

import os
import sys
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

_EVENTS = frozenset({"open", "os.rename", "os.remove", "os.utime", "os.mkdir"})
KILLED = 99


def killed_at(number: int, action: Callable[[Path], object], folder: Path) -> bool:
    """Run an action in a process that ends right before its operation `number`, from 0. Returns whether it ended so."""
    process = get_context("forkserver").Process(target=_run, args=(number, action, folder))
    process.start()
    process.join(60)
    assert process.exitcode in {0, KILLED}, "the process failed; its traceback is on stderr"
    return process.exitcode == KILLED


def _run(number: int, action: Callable[[Path], object], folder: Path) -> None:
    left = number

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in _EVENTS and str(folder) in str(arguments[0]):
            left -= 1
            if left < 0:
                os._exit(KILLED)

    sys.addaudithook(count)
    action(folder)
