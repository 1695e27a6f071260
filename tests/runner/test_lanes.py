"""Requests with images that wait for memory or a CPU hold nothing that other requests need."""

import select
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from functions.routes import ROUTES
from local.app import _lane
from local.lanes import THREADS, Lane, Lanes
from tests.photos import jpeg, photo
from tests.processes import KEY, Runner, wait_for
from tests.wire import Sent

MANY = 3 * THREADS[Lane.IMAGES]
ANY_TURN = 20
"""The server reads from every connection in each turn of its loop, and a request takes a turn or more."""
HELD = """
import sys, threading, time
from pathlib import Path
from functions.imaging.budget import _DECODING
from local import __main__, supervisor

def release(held):
    while not Path({released!r}).exists():
        time.sleep(0.02)
    held.__exit__(None, None, None)

def main():
    held = _DECODING.take(1 << 60)
    held.__enter__()
    threading.Thread(target=release, args=[held], daemon=True).start()
    return __main__.main()

sys.exit(supervisor.supervise(main))
"""


@contextmanager
def waiting_uploads(folder: Path) -> Iterator[tuple[Runner, list[socket.socket]]]:
    """A runner in which nothing can be decoded until the file `released` exists, and uploads that wait for that."""
    runner = Runner(folder / "data", program=("-c", HELD.format(released=str(folder / "released"))))
    runner.start()
    try:
        with ExitStack() as stack:
            clients = [
                stack.enter_context(socket.create_connection(("127.0.0.1", runner.port), timeout=60))
                for _ in range(MANY)
            ]
            for seed, each in enumerate(clients):
                sent = Sent("POST", "/upload", jpeg(photo(60, 40, seed=seed)), {"Content-Type": "image/jpeg"})
                each.sendall(sent.keyed(KEY).message(sent.body))
            yield runner, clients
    finally:
        if runner.process is not None and runner.process.poll() is None:
            runner.kill()


def status(client: socket.socket) -> int:
    response = HTTPResponse(client)
    response.begin()
    return response.status


def test_others_are_served_while_more_uploads_than_threads_wait(tmp_path: Path) -> None:
    with waiting_uploads(tmp_path) as (runner, clients):
        for _ in range(ANY_TURN):
            assert runner.get("/list").status_code == 200
        assert runner.get("/stats", headers=runner.key).status_code == 200
        assert select.select(clients, [], [], 0)[0] == []
        (tmp_path / "released").touch()
        assert [status(each) for each in clients] == [201] * MANY


def test_a_stop_says_how_many_requests_it_cuts_off(tmp_path: Path) -> None:
    with waiting_uploads(tmp_path) as (runner, _):
        for _ in range(ANY_TURN):
            assert runner.get("/list").status_code == 200
        runner.signal_all(signal.SIGINT)
        wait_for(runner, "Press Ctrl-C again")
        runner.signal_all(signal.SIGINT)
        assert runner.process is not None
        assert runner.process.wait(20) == 0
        log = runner.log.read_text()
        assert f"Waiting for {MANY} requests." in log
        assert f"{MANY} requests got no complete response." in log
        assert "thread(s)" not in log
        assert "task(s)" not in log


class Task:
    """A connection with one request, which is served when the test says so."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.requests = [self]
        self.has_begun = threading.Event()
        self.may_end = threading.Event()
        self.has_ended = threading.Event()

    def service(self) -> None:
        self.has_begun.set()
        assert self.may_end.wait(30)
        self.has_ended.set()


def test_a_full_lane_delays_no_other() -> None:
    lanes = Lanes(dict.fromkeys(Lane, 1))
    for full in Lane:
        held = [Task(full) for _ in range(3)]
        others = [Task(each) for each in Lane if each is not full]
        for each in [*held, *others]:
            lanes.add_task(each)
        for each in others:
            each.may_end.set()
            assert each.has_ended.wait(30)
        for each in held:
            assert not each.has_ended.is_set()
            each.may_end.set()
            assert each.has_ended.wait(30)
    lanes.stop(30)
    assert lanes.unfinished() == 0


def test_the_requests_that_a_stop_leaves_are_counted() -> None:
    lanes = Lanes(dict.fromkeys(Lane, 1))
    held = [Task(Lane.IMAGES) for _ in range(3)]
    for each in held:
        lanes.add_task(each)
    assert held[0].has_begun.wait(30)
    lanes.stop(0)
    assert lanes.unfinished() >= len(held)  # threads that have not noticed the stop yet are counted too
    held[0].may_end.set()
    lanes.stop(30)
    assert lanes.unfinished() == 2


def lane_of(method: str, path: str) -> Lane:
    return _lane(Request(EnvironBuilder(path, method=method).get_environ()))


def test_only_requests_with_images_are_in_their_lane() -> None:
    found = {
        (method, path)
        for route in ROUTES
        for method in route.methods
        for path in (route.path, route.alias)
        if path and lane_of(method, path) is Lane.IMAGES
    }
    assert found == {("POST", "/upload"), ("POST", "/image/upload"), ("POST", "/inspect"), ("POST", "/im_size")}
    assert lane_of("PUT", "/dropbox/album/a.jpg") is Lane.IMAGES


@pytest.mark.parametrize("path", ["/make-thumbnails", "/forget-image", "/ingest-drop"])
def test_events_have_their_own_lane(path: str) -> None:
    assert lane_of("POST", path) is Lane.EVENTS


@pytest.mark.parametrize("path", ["/", "/nothing", "/upload/nothing", "/fetch", "/list/"])
def test_a_request_that_will_be_refused_is_quick(path: str) -> None:
    assert lane_of("POST", path) is Lane.QUICK
