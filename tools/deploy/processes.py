"""Other programs: run with a limit in time, and no way to ask questions."""

import os
import subprocess
from collections.abc import Mapping
from typing import Final, NamedTuple

_PATIENCE: Final = 60.0
"""Seconds that a program may take unless it is given more."""


class Failure(Exception):
    """What is wrong, in one sentence, and what to do about it."""


class Unchecked(Exception):
    """What cannot be checked, and why. A deployment goes on."""


class Ended(NamedTuple):
    """How a program ended, and what it said."""

    status: int
    output: str
    error: str


def run(
    *command: str, text: str | None = None, env: Mapping[str, str] | None = None, seconds: float = _PATIENCE
) -> Ended:
    """Run a program to its end, quietly.

    Args:
        *command: the program and its arguments.
        text: its input.
        env: variables to add to its environment.
        seconds: how long it may take.

    Raises:
        Failure: there is no such program, or it takes too long.
    """
    try:
        done = subprocess.run(
            command,
            input=text or "",
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            env={**os.environ, **(env or {})},
        )
    except FileNotFoundError:
        raise Failure(f"There is no {command[0]} on this machine. See: make doctor") from None
    except subprocess.TimeoutExpired:
        said = " ".join(command[:4])
        raise Failure(
            f"`{said}` has not answered for {seconds:.0f} seconds; look at the network, and try again."
        ) from None
    return Ended(done.returncode, done.stdout, done.stderr)


def show(*command: str, env: Mapping[str, str]) -> int:
    """Run a program that talks to the terminal itself, as long as it takes; its exit status.

    Ctrl-C reaches the program too, which then ends in its own time: Terraform has a state to write.
    """
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, env={**os.environ, **env}) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
