"""The local runner and deployed functions, each in its own process."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parent.parent
KEY = "test-key"
_START = 30.0
_STOP = 20.0


def free_port() -> int:
    """A port that no process listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def borrowed_venv(folder: Path, *stamps: str) -> Path:
    """A virtual environment for `make` that runs the Python of the tests, so that nothing is downloaded.

    `stamps` are the files by which the Makefile knows what is installed.
    """
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (folder / "bin/python").chmod(0o755)
    for each in stamps:
        (folder / each).touch()
    return folder


@dataclass(slots=True)
class Runner:
    """`make run` with the repository in a folder. A test can start, stop and kill it."""

    data: Path
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = ("-m", "local")
    process: "subprocess.Popen[str] | None" = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data.parent / f"{self.data.name}.log"

    def start(self) -> None:
        """Start the server, and wait for its first response."""
        began = time.monotonic()
        command = [sys.executable, *self.program, "--port", str(self.port), "--data", str(self.data), "--key", KEY]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                env={**os.environ, **self.environment},
            )
        while time.monotonic() - began < _START:
            if self.process.poll() is not None:
                break
            try:
                requests.get(f"{self.address}/list", timeout=_START).raise_for_status()
            except requests.ConnectionError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(f"The runner does not answer:\n{self.log.read_text()}")

    def signal_all(self, number: int) -> None:
        """Send a signal to the runner and its worker, as a terminal or a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """Kill the runner and its worker with SIGKILL."""
        assert self.process is not None
        self.signal_all(signal.SIGKILL)
        self.process.wait(_STOP)

    def stop(self) -> int:
        """Send Ctrl-C. Returns the exit status."""
        assert self.process is not None
        self.signal_all(signal.SIGINT)
        return self.process.wait(_STOP)

    def post(self, data: bytes, filename: str = "photo.jpg", **fields: str) -> requests.Response:
        """Upload a photo."""
        files = {"image": (filename, data)}
        return requests.post(f"{self.address}/upload", files=files, data=fields, headers=self.key, timeout=60)

    @property
    def key(self) -> dict[str, str]:
        return {"X-API-Key": KEY}

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(f"{self.address}{path}", timeout=30, **options)

    def wait_until_ready(self, image_id: str, seconds: float = 20) -> dict[str, Any]:
        """Wait until the thumbnails of an image are ready. Returns the details of the image."""
        until = time.monotonic() + seconds
        while True:
            details: dict[str, Any] = self.get(f"/fetch/{image_id}/details").json()
            if details["thumbnails"]["state"] != "pending":
                return details
            assert time.monotonic() < until, details
            time.sleep(0.02)


def wait_for(runner: Runner, text: str) -> None:
    """Wait until the log of the runner has that text."""
    until = time.monotonic() + 20
    while text not in runner.log.read_text():
        assert time.monotonic() < until
        time.sleep(0.02)


@contextmanager
def running(data: Path, **environment: str) -> Iterator[Runner]:
    """Start a runner for a block. It is killed at the end if it still runs."""
    runner = Runner(data, environment=environment)
    runner.start()
    try:
        yield runner
    finally:
        if runner.process is not None and runner.process.poll() is None:
            runner.kill()


@contextmanager
def serving(entry_point: str, log: Path, **environment: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Serve the function with functions-framework for a block. Yields its address when it answers."""
    port = free_port()
    command = [sys.executable, "-m", "functions_framework", "--target", entry_point, "--port", str(port)]
    # functions-framework sets FUNCTION_… in the environment of a process that creates an application with it.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FUNCTION_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env={**inherited, **environment}
        )
    try:
        address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < until:
            try:
                requests.options(address, timeout=5)
            except requests.ConnectionError:
                time.sleep(0.05)
            else:
                break
        yield address, process
    finally:
        process.kill()
        process.wait()


def command(name: str, data: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one of the maintainer's commands on the repository in this folder."""
    return run([sys.executable, "-m", f"tools.{name}", *options], data, **environment)


def run(line: list[str], data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run this command line with the repository in this folder."""
    return subprocess.run(
        line,
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
