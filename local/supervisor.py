"""Run the server in a child process, and start it again after a crash, as a platform does with its instances.

A decoder in C can crash the whole process on a file. The page and all other clients should still have a server then.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

STOP: Final = signal.SIGUSR1
"""What the child gets for each SIGINT or SIGTERM of the parent. From a terminal, Ctrl-C reaches the child as a SIGINT
too, so the child could not count those."""
_STOP: Final = (signal.SIGINT, signal.SIGTERM)
_PAUSE: Final = 0.5
"""Seconds between a crash and the next start."""


def supervise(serve: Callable[[], int]) -> int:
    """Call `serve` in a child process, and again after each crash.

    The child gets a `STOP` for each SIGINT and SIGTERM. It exits with the status that `serve` returns.

    Returns:
        The exit status of the child, in the parent.
    """
    stopping = False
    child = 0

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True
        if child:
            os.kill(child, STOP)

    for each in _STOP:
        signal.signal(each, stop)
    alive, held_open = os.pipe()
    status = 0
    while not stopping:
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)  # until it is clear who handles them
        child = os.fork()
        if child == 0:
            os.close(held_open)
            _become_child(alive)
            sys.exit(serve())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        child = 0
        if status >= 0 or stopping:
            break
        print(f"The server crashed ({signal.Signals(-status).name}). It starts again.", file=sys.stderr, flush=True)
        time.sleep(_PAUSE)
    return max(status, 0)


def _become_child(alive: int) -> None:
    """Handle signals as a new process does, and end when the parent has ended."""
    for each in _STOP:
        signal.signal(each, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
    threading.Thread(target=_end_with_parent, args=(alive,), daemon=True).start()


def _end_with_parent(alive: int) -> None:
    os.read(alive, 1)  # returns when the parent, which holds the other end, has ended
    os._exit(1)
