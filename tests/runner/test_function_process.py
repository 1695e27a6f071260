"""One function as the cloud runs it: the production server, a line in the log for each request, and a tidy end."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from functions.adapters.gcp.counters import FirestoreCounters, counters_session
from functions.domain.ports import Tally
from tests.processes import ROOT, free_port

SPAN = "105445aa7843bc8bf206b12000100000"


@contextmanager
def serving(entry_point: str, log: Path, **environment: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The function under functions-framework; its address, once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "functions_framework", "--target", entry_point, "--port", str(port)]
    # functions-framework leaves FUNCTION_… behind in the environment of a process that made an application with it.
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


@pytest.mark.parametrize("execution_id", ["", "true"], ids=["plain", "with execution ids"])
def test_each_request_is_a_line_and_the_counts_survive_the_end(
    execution_id: str, firestore_host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM is how the platform ends an instance, whose last counts would otherwise be lost."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
    monkeypatch.setenv("LOG_EXECUTION_ID", execution_id)  # which Cloud Functions sets
    project, log = f"demo-{secrets.token_hex(4)}", tmp_path / "log"
    with serving("random_image", log, BACKEND="gcp", GOOGLE_CLOUD_PROJECT=project) as (address, process):
        headers = {"X-Cloud-Trace-Context": f"{SPAN}/1;o=1", "X-API-Key": "secret-key"}
        assert requests.get(f"{address}/?tag=private", timeout=30).status_code == 404
        assert requests.get(address, headers=headers, timeout=30).status_code == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    lines = [json.loads(each) for each in log.read_text().splitlines() if each.startswith("{")]
    assert [(each["function"], each["status"]) for each in lines if "status" in each][-2:] == [
        ("random", 404),
        ("random", 401),
    ]
    assert lines[-1]["logging.googleapis.com/trace"] == f"projects/{project}/traces/{SPAN}"
    assert "secret-key" not in log.read_text()
    assert "private" not in log.read_text()
    with closing(FirestoreCounters(counters_session(), project, "(default)")) as counters:
        assert dict(counters.top(Tally.CALLS, 10))["random"] >= 2
