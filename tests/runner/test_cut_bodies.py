"""A body that ends before its Content-Length is refused and stores nothing, with every server and kind of request."""

import hashlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests

from functions.adapters.embedded.bucket import FilesystemBucket
from tests.backends import Backend
from tests.harness import ADMIN, Service, local_app
from tests.processes import KEY, Runner, running, serving
from tests.wire import Answer, Sent, asked, broken_chunks, cuts, drop, exchange, photo_bytes, reset, uploads

HASHED_KEY = f"test:admin:{hashlib.sha256(KEY.encode()).hexdigest()}"
UPLOADS = uploads()
ASKED = asked()


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with running(tmp_path_factory.mktemp("cut") / "data") as each:
        yield each
        assert "Traceback" not in each.log.read_text()


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port and the data folder of the upload function, under the server of a deployment."""
    folder = tmp_path_factory.mktemp("function")
    log = folder / "log"
    with serving("upload_image", log, BACKEND="embedded", DATA_DIR=str(folder), API_KEYS=HASHED_KEY) as (address, _):
        yield urlsplit(address).port or 0, folder
    assert "Traceback" not in log.read_text()


def stored(data: Path, bucket: str) -> list[str]:
    """The names of the objects in the bucket, with their sizes."""
    with closing(FilesystemBucket(data / bucket, name=bucket)) as found:
        return [f"{each.name} {each.size}" for each in found.list()]


def everything(data: Path) -> list[list[str]]:
    return [stored(data, each) for each in ("originals", "dropbox")]


def is_incomplete(answer: Answer) -> bool:
    return (answer.status, answer.code) == (400, "incomplete_body")


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until another process makes the condition true."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def is_refused_until_whole(port: int, data: Path, sent: Sent) -> None:
    sent = sent.keyed(KEY)
    before = everything(data)
    for cut in cuts(sent.body):
        answer = exchange(port, sent.message(cut))
        assert is_incomplete(answer), answer
        assert (answer.value["received"], answer.value["stated"]) == (len(cut), len(sent.body))
    assert everything(data) == before
    assert exchange(port, sent.message(sent.body)).status in {200, 201}


@pytest.mark.parametrize("way", [*UPLOADS, *ASKED])
def test_the_local_runner_refuses_a_truncated_body(runner: Runner, way: str) -> None:
    is_refused_until_whole(runner.port, runner.data, {**UPLOADS, **ASKED}[way])


@pytest.mark.parametrize("way", [*UPLOADS, *ASKED])
def test_a_deployed_function_refuses_a_truncated_body(function: tuple[int, Path], way: str) -> None:
    is_refused_until_whole(*function, {**UPLOADS, **ASKED}[way])


def test_a_truncated_inspection_is_refused(runner: Runner) -> None:
    is_refused_until_whole(runner.port, runner.data, Sent("POST", "/inspect", photo_bytes(20)))


def test_a_truncated_update_is_refused_and_changes_nothing(runner: Runner) -> None:
    image = runner.post(photo_bytes(21), caption="before").json()
    change = Sent("PATCH", f"/update/{image['id']}", b'{"caption": "after"} ').keyed(KEY)
    assert is_incomplete(exchange(runner.port, change.message(change.body[:-1])))
    assert runner.get(f"/fetch/{image['id']}/details").json()["caption"] == "before"


def test_a_truncated_drop_is_refused(runner: Runner) -> None:
    is_refused_until_whole(runner.port, runner.data, drop("Sea/a.jpg", 22))
    wait_for(lambda: stored(runner.data, "dropbox") == [])  # its event changes what the next tests compare


def test_a_truncated_upload_by_ticket_is_refused_and_can_be_repeated(runner: Runner) -> None:
    data = photo_bytes(23)
    wanted = {"content_type": "image/jpeg", "bytes": len(data)}
    ticket = requests.post(f"{runner.address}/upload/tickets", json=wanted, headers=runner.key, timeout=30).json()
    url = urlsplit(ticket["upload"]["url"])
    sent = Sent("PUT", f"{url.path}?{url.query}", data, ticket["upload"]["headers"])
    for cut in cuts(data):
        assert is_incomplete(exchange(runner.port, sent.message(cut)))
    assert stored(runner.data, "dropbox") == []
    assert ticket_state(runner, ticket) == "pending"
    assert exchange(runner.port, sent.message(data)).status == 200
    wait_for(lambda: ticket_state(runner, ticket) == "stored")


def ticket_state(runner: Runner, ticket: dict[str, Any]) -> str:
    state: str = requests.get(ticket["ticket_url"], headers=runner.key, timeout=30).json()["state"]
    return state


@pytest.mark.parametrize("fault", broken_chunks(b""))
def test_broken_chunks_are_refused(runner: Runner, function: tuple[int, Path], fault: str) -> None:
    for port, data, sent in (
        (runner.port, runner.data, UPLOADS["raw"]),
        (runner.port, runner.data, drop("chunks.jpg", 24)),
        (*function, UPLOADS["raw"]),
    ):
        before = everything(data)
        answer = exchange(port, sent.keyed(KEY).chunked(broken_chunks(sent.body)[fault]))
        assert is_incomplete(answer), answer
        assert everything(data) == before


@pytest.mark.parametrize("fault", broken_chunks(b""))
def test_a_route_without_a_body_ignores_a_broken_one(runner: Runner, fault: str) -> None:
    sent = Sent("GET", "/list", photo_bytes(25))
    assert exchange(runner.port, sent.chunked(broken_chunks(sent.body)[fault])).status == 200
    assert exchange(runner.port, sent.message(sent.body[:-1])).status == 200


def test_a_route_without_a_body_does_not_read_a_long_one(runner: Runner) -> None:
    """Otherwise the server would read the body into memory."""
    began = Sent("GET", "/list", bytes(100)).message(b"").replace(b"Content-Length: 100", b"Content-Length: 9999999999")
    assert exchange(runner.port, began).status == 200


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "unknown"}], ids=["without a key", "with an unknown key"])
@pytest.mark.parametrize("way", [UPLOADS["raw"], drop("stranger.jpg", 28)], ids=["upload", "drop"])
def test_the_body_of_a_stranger_is_not_received(runner: Runner, way: Sent, headers: dict[str, str]) -> None:
    """The response arrives before the body, and also for a client that sends its whole body first."""
    with socket.create_connection(("127.0.0.1", runner.port), timeout=30) as connection:
        connection.sendall(replace(way, headers={**way.headers, **headers}).message(b""))
        assert connection.recv(12) == b"HTTP/1.1 401"
    address = f"{runner.address}{way.path}"
    answer = requests.request(way.method, address, data=bytes(20_000_000), headers=headers, timeout=30)
    assert answer.status_code == 401


def test_a_connection_that_is_reset_stores_nothing_and_leaves_no_traceback(runner: Runner) -> None:
    sent = drop("reset.jpg", 26).keyed(KEY)
    before = stored(runner.data, "originals")
    reset(runner.port, sent.message(b""), sent.body[:-1])
    # If the reset overtakes the request, the server never sees it. It handles the reset before a later request.
    assert requests.get(f"{runner.address}/list", timeout=30).status_code == 200
    assert (stored(runner.data, "originals"), stored(runner.data, "dropbox")) == (before, [])
    assert "Traceback" not in runner.log.read_text()


EVENT = {
    "Content-Type": "application/json",
    "ce-id": "1",
    "ce-specversion": "1.0",
    "ce-type": "google.cloud.storage.object.v1.finalized",
    "ce-source": "//storage.googleapis.com/projects/_/buckets/originals",
}


def test_a_truncated_event_is_refused_so_that_the_platform_delivers_it_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    about = json.dumps({"name": f"{'ü' * 26}.jpg", "generation": "1"}, ensure_ascii=False).encode() + b"\n"
    sent = Sent("POST", "/", about, EVENT)
    with serving("make_thumbnails", log, BACKEND="embedded", DATA_DIR=str(tmp_path)) as (address, _):
        port = urlsplit(address).port or 0
        for size in range(len(about)):
            assert is_incomplete(exchange(port, sent.message(about[:size])))
        with requests.Session() as session:
            assert session.post(address, data=about, headers=EVENT, timeout=30).status_code == 200
    assert "Traceback" not in log.read_text()
    statuses = [json.loads(each).get("status") for each in log.read_text().splitlines() if each.startswith("{")]
    assert statuses == [400] * len(about) + [200]


@contextmanager
def wsgiref_port() -> Iterator[int]:
    """The standard library's server. Unlike gunicorn, it leaves the end of the body to the application."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with make_server("127.0.0.1", 0, local_app(), handler_class=Quiet) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def test_a_truncated_body_is_refused_under_a_server_that_does_not_end_the_body(
    tmp_path: Path, embedded: Backend
) -> None:
    with Service(tmp_path, embedded) as service, wsgiref_port() as port:
        for sent in (*UPLOADS.values(), drop("a.jpg", 27)):
            keyed = sent.keyed(ADMIN)
            for cut in cuts(sent.body):
                assert is_incomplete(exchange(port, keyed.message(cut)))
            assert service.dropbox.list() == []
            assert exchange(port, keyed.message(sent.body)).status in {200, 201}
        assert len(service.originals.list()) == len(UPLOADS) + 1  # the drop is ingested at once
