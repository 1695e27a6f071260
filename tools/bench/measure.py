"""Functions that every row needs: ratios, percentiles, child processes, CPUs, and the peak memory of a process."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from tools.bench.report import CannotMeasure

ROOT = Path(__file__).parent.parent.parent
KIB_PER_MIB = 1024
CHILD_TIMEOUT = 300.0
"""The default time limit of a child process, in seconds."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The options of a row.

    Attributes:
        folder: an empty folder for the row.
        quick: run fewer rounds. The results only show that everything works.
        photo: a JPEG to make renditions of, instead of a generated one.
    """

    folder: Path
    quick: bool = False
    photo: Path | None = None

    def rounds(self, thorough: int) -> int:
        """The number of rounds: `thorough`, or fewer in a quick run."""
        return max(2, thorough // 4) if self.quick else thorough


def ratio(measured: Sequence[float], baseline: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return median(ours / theirs for ours, theirs in zip(measured, baseline, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which at most `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def child(command: Sequence[str], *, stdin: str = "", env: Mapping[str, str] | None = None) -> Any:
    """Run a command.

    Returns:
        The JSON value that it prints.

    Raises:
        CannotMeasure: the command failed.
    """
    try:
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment(env),
            timeout=CHILD_TIMEOUT,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise CannotMeasure(f"{' '.join(command[:4])} failed: {error.stderr.strip()[-500:]}") from error
    return json.loads(done.stdout)


def module(name: str, *arguments: object) -> list[str]:
    """The command that runs a module of this package."""
    return [sys.executable, "-m", f"tools.bench.{name}", *map(str, arguments)]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of this process without Python's variables, so that byte code is cached and nothing is traced."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return inherited | dict(extra or {})


@contextmanager
def on_cpus(count: int) -> Iterator[None]:
    """Limit this process, and the processes that it starts, to `count` CPUs."""
    available = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(available)[-count:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, available)


def peak_kib(pid: int | str = "self") -> int:
    """The peak resident set of a process, in KiB. Unlike `ru_maxrss`, it does not include the parent process."""
    return _status_kib(pid, "VmHWM:")


def memory_kib(pid: int | str = "self") -> int:
    """The present resident set of a process, in KiB."""
    return _status_kib(pid, "VmRSS:")


def _status_kib(pid: int | str, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise CannotMeasure(f"The memory of process {pid} cannot be read. The process has ended.")


def machine() -> list[tuple[str, str]]:
    """The date, the machine and the versions of a run."""
    return [
        ("date", f"{datetime.now(UTC):%Y-%m-%d}"),
        ("processor", f"{_processor()}, {len(os.sched_getaffinity(0))} CPUs used of {os.cpu_count()}"),
        ("system", f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"),
        ("Python", platform.python_version()),
        *((name, version(name.lower())) for name in ("Pillow", "functions-framework", "gunicorn", "waitress", "Flask")),
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
