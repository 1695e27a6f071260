"""How calls of Firestore's REST API are signed: with the token of the metadata server, in the time of the call."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
import requests
from google.auth.compute_engine import _metadata

from functions.adapters.gcp import rest
from functions.adapters.gcp.counters import FirestoreCounters, counters_session
from functions.domain.errors import Unavailable
from functions.domain.ports import Tally
from tests.contracts.test_counters import sent_timeouts

LIMIT = 2.0
"""Seconds."""


class Server(ThreadingHTTPServer):
    """A metadata server and a Firestore in one. It answers no request for what is in `silent`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.silent = ""
        self.status = 200
        self.over = Event()
        self.requests: list[str] = []
        self.committed: list[tuple[str, str]] = []
        self.host = f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that does not wait for its answer."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.endswith("/token"):
            self._answer(json.dumps({"access_token": "secret", "expires_in": 3600, "token_type": "Bearer"}))
        elif path.endswith("/project-id"):
            self._answer("from-metadata", "application/text")
        elif path.endswith("/universe-domain"):
            self._answer("googleapis.com", "application/text")
        else:
            self._answer(
                json.dumps({"scopes": [], "email": "service@demo.iam.gserviceaccount.com", "aliases": ["default"]})
            )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.committed.append((self.path, self.headers["Authorization"]))
        self._answer("{}")

    def _answer(self, body: str, kind: str = "application/json") -> None:
        self.server.requests.append(self.path)
        if self.server.silent and self.server.silent in self.path:
            self.server.over.wait(30)
        self.send_response(self.server.status)
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """No line for each request."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """The server, in an environment where Google's library finds no other credentials than its own."""
    for name in ("FIRESTORE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))  # gcloud may have a default project
    with Server() as server:
        monkeypatch.setenv("GCE_METADATA_IP", server.host)
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", server.host)  # read at import from GCE_METADATA_HOST
        monkeypatch.setattr(rest, "_endpoint", lambda: f"http://{server.host}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("project", "named"), [("demo", "demo"), (None, "from-metadata")])
def test_calls_carry_the_token_which_is_fetched_once(server: Server, project: str | None, named: str) -> None:
    with closing(FirestoreCounters(counters_session(project), "(default)")) as counters:
        for _ in range(2):
            counters.add(Tally.CALLS, {"fetch": 1}, timeout=10)
    assert server.committed == [(f"/v1/projects/{named}/databases/(default)/documents:commit", "Bearer secret")] * 2
    assert sum("/token" in each for each in server.requests) == 1


@pytest.mark.parametrize("silent", ["/", "/token", ":commit"])
def test_no_part_of_a_call_may_take_longer_than_the_call(
    server: Server, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = sent_timeouts(monkeypatch)
    server.silent = silent
    with closing(FirestoreCounters(counters_session("demo"), "(default)")) as counters, pytest.raises(Unavailable):
        counters.add(Tally.CALLS, {"fetch": 1}, timeout=LIMIT)
    assert limits == sorted(limits, reverse=True)
    assert all(0 < limit <= LIMIT for limit in limits)
    assert sum(silent in each for each in server.requests) == 1


def test_a_call_starts_no_thread(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that the platform would freeze after the response."""
    started: list[str] = []
    start = threading.Thread.start

    def record(thread: threading.Thread) -> None:
        started.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", record)
    with closing(FirestoreCounters(counters_session("demo"), "(default)")) as counters:
        counters.add(Tally.CALLS, {"fetch": 1}, timeout=10)
    assert len(server.committed) == 1
    assert not [name for name in started if "process_request" not in name]  # which are the server's


def test_no_credentials_are_unavailable(server: Server) -> None:
    server.status = 500
    with closing(FirestoreCounters(counters_session("demo"), "(default)")) as counters, pytest.raises(Unavailable):
        counters.add(Tally.CALLS, {"fetch": 1}, timeout=0.3)
    assert server.committed == []


def test_a_refusal_is_an_error(server: Server) -> None:
    connection = rest.Connection("demo")
    connection.post("(default)", "commit", lambda _: {}, timeout=10)
    server.status = 403
    with closing(connection), pytest.raises(requests.HTTPError):
        connection.post("(default)", "commit", lambda _: {}, timeout=10, unread=True)
