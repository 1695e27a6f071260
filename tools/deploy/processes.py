"""Run other programs, with a time limit and without input from the terminal."""

import os
import subprocess
import sys
from collections.abc import Mapping
from threading import Thread
from typing import IO, Final, NamedTuple

_PATIENCE: Final = 60.0
"""The default time limit of a program, in seconds."""


class Failure(Exception):
    """A command fails. The message says what is wrong and what to do."""


class Unchecked(Exception):
    """Something cannot be checked. The message says why. A deployment continues."""


class Ended(NamedTuple):
    """The exit status of a program, and its output."""

    status: int
    output: str
    error: str


def run(
    *command: str, text: str | None = None, env: Mapping[str, str] | None = None, seconds: float = _PATIENCE
) -> Ended:
    """Run a program and capture its output. Bytes that are not UTF-8 become surrogates, and back in its input.

    Args:
        *command: the program and its arguments.
        text: its input.
        env: variables to add to its environment.
        seconds: the time limit.

    Raises:
        Failure: the program does not exist, or the time limit is exceeded.
    """
    try:
        done = subprocess.run(
            command,
            input=text or "",
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
            timeout=seconds,
            env={**os.environ, **(env or {})},
        )
    except FileNotFoundError:
        raise Failure(f"{command[0]} is not installed. Run: make doctor") from None
    except subprocess.TimeoutExpired:
        started = " ".join(command[:4])
        raise Failure(
            f"`{started}` has not finished in {seconds:.0f} seconds. Check the network, and try again."
        ) from None
    return Ended(done.returncode, done.stdout, done.stderr)


class Shown(NamedTuple):
    """The exit status of a program that uses the terminal, and what it wrote to standard error."""

    status: int
    error: str


def show(*command: str, env: Mapping[str, str]) -> Shown:
    """Run a program that uses the terminal, without a time limit. Its standard error is printed and returned.

    Ctrl-C reaches the program too. This waits until it exits, because Terraform must write its state first.
    """
    lines: list[str] = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **env},
    ) as process:
        copying = Thread(target=_copy, args=(process.stderr, lines))
        copying.start()
        status = _wait(process)
        copying.join()
    return Shown(status, "".join(lines))


def _copy(stream: IO[str], lines: list[str]) -> None:
    for line in stream:
        sys.stderr.write(line)
        sys.stderr.flush()
        lines.append(line)


def _wait(process: "subprocess.Popen[str]") -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
