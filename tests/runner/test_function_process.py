"""One function as Google Cloud runs it: with the production server, a log line for each request, and SIGTERM."""

import json
import secrets
import signal
from contextlib import closing
from pathlib import Path

import pytest
import requests

from functions.adapters.gcp.counters import FirestoreCounters, counters_session
from functions.domain.ports import Tally
from tests.processes import serving

SPAN = "105445aa7843bc8bf206b12000100000"


@pytest.mark.parametrize("execution_id", ["", "true"], ids=["plain", "with execution ids"])
def test_each_request_has_a_log_line_and_the_counts_are_saved_at_the_end(
    execution_id: str, firestore_host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform ends an instance with SIGTERM. Then the function must save its last counts."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
    monkeypatch.setenv("LOG_EXECUTION_ID", execution_id)  # Cloud Functions sets it
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
    with closing(FirestoreCounters(counters_session(project), "(default)")) as counters:
        assert dict(counters.top(Tally.CALLS, 10))["random"] >= 2


def test_while_the_key_file_cannot_be_read_only_requests_with_a_key_are_refused(tmp_path: Path) -> None:
    keys, log = tmp_path / "api-keys", tmp_path / "log"
    settings = {"BACKEND": "embedded", "DATA_DIR": str(tmp_path / "data"), "API_KEYS_FILE": str(keys)}
    with serving("list_images", log, **settings) as (address, _):
        refused = requests.get(address, headers={"X-API-Key": "secret-key"}, timeout=30)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert requests.get(address, timeout=30).json()["images"] == []
    lines = [json.loads(each) for each in log.read_text().splitlines() if each.startswith("{")]
    (line,) = (each for each in lines if "API keys" in each["message"])
    assert line["severity"] == "ERROR"
    assert f"The API keys cannot be read from {keys}: No such file or directory." in line["message"]
    assert "secret-key" not in log.read_text()
