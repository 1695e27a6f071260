"""Real servers, each in a process of its own, which is always stopped."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from tools.bench.connection import Connection, Reply, request
from tools.bench.measure import ROOT, environment
from tools.bench.report import CannotMeasure

KEY: Final = "bench-key"
API_KEYS: Final = f"bench:admin:{hashlib.sha256(KEY.encode()).hexdigest()}"
CPUS: Final = 2
"""The number of CPUs for which the design sets its targets. It determines the server's threads."""

_START: Final = 60.0
_STOP: Final = 20.0
_POLL: Final = 0.001
"""The time between two checks whether a server is ready, in seconds."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `pid` is the id of its master process."""

    port: int
    pid: int

    def connect(self) -> Connection:
        """A new connection, which stays open."""
        return Connection(self.port)

    def get(self, path: str) -> Reply:
        """The response to a GET over a new connection."""
        with self.connect() as connection:
            return connection.exchange(request("GET", path))

    def cpu(self) -> float:
        """The CPU seconds that all processes of the server have used so far."""
        return sum(_cpu(pid) for pid in self.family())

    def family(self) -> list[int]:
        """The ids of the process and its children, children last."""
        found = [self.pid]
        for pid in found:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            found += [int(each) for each in children]
        return found


@contextmanager
def function(entry_point: str, data: Path, **extra: str) -> Iterator[Server]:
    """One function in the framework's production server, started as in its container, on the embedded backend."""
    settings = {"DATA_DIR": str(data), "API_KEYS": API_KEYS, "THREADS": str(CPUS * 4)}
    with framework(entry_point, ROOT, settings | extra) as server:
        yield server


@contextmanager
def framework(target: str, source: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """Any function of a folder's `main.py` in the framework's production server."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "functions-framework"), "--target", target, "--host", "127.0.0.1"]
    with _running([*command, "--port", str(port)], source, settings, port) as server:
        yield server


@contextmanager
def runner(data: Path) -> Iterator[Server]:
    """All functions and their events in one process: `make run`."""
    port = free_port()
    command = [sys.executable, "-m", "local", "--port", str(port), "--data", str(data), "--key", KEY]
    with _running(command, ROOT, {"THREADS": str(CPUS * 4)}, port) as server:
        yield server


def free_port() -> int:
    """A port on which no server listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(command: Sequence[str], folder: Path, settings: Mapping[str, str], port: int) -> Iterator[Server]:
    environ = environment(settings)
    with (
        TemporaryFile() as log,
        subprocess.Popen(
            command, cwd=folder, env=environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        ) as process,
    ):
        try:
            if not _listens(process, port):
                log.seek(0)
                raise CannotMeasure(f"{' '.join(command)} did not start:\n{log.read().decode()[-1000:]}")
            yield Server(port, process.pid)
        finally:
            _stop(process)


def _listens(process: "subprocess.Popen[bytes]", port: int) -> bool:
    """Wait until the server accepts connections; False if it ends, or takes too long."""
    deadline = time.monotonic() + _START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionError:
            time.sleep(_POLL)
        else:
            return True
    return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _cpu(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = after_name[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
