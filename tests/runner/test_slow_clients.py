"""Clients that send or read slowly hold nothing that others need."""

import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.photos import jpeg, photo
from tests.processes import KEY, Runner, running, wait_for

CLIENTS = 200
HEAD = b"POST /upload HTTP/1.1\r\nHost: x\r\nX-API-Key: " + KEY.encode() + b"\r\nContent-Type: image/jpeg\r\n"
BEGUN = {
    "nothing": b"",
    "half a header": HEAD,
    "half a body": HEAD + b"Content-Length: 100000\r\n\r\n" + bytes(50_000),
    "half a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n186a0\r\n" + bytes(50_000),
}


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with running(tmp_path_factory.mktemp("slow") / "data") as each:
        yield each
        assert "Traceback" not in each.log.read_text()


@cache
def large_png() -> bytes:
    """A file that is larger than the buffers of two sockets."""
    file = BytesIO()
    Image.effect_noise((5000, 5000), 100).save(file, "png", compress_level=0)
    return file.getvalue()


@contextmanager
def slow_clients(port: int, begun: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(CLIENTS)
        ]
        for each in clients:
            each.sendall(begun)
        yield clients


def is_open(client: socket.socket) -> bool:
    """Whether the server has neither answered nor closed the connection."""
    client.setblocking(False)
    try:
        client.recv(1)
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False
    return False


@pytest.mark.parametrize("begun", BEGUN)
def test_others_are_served_while_200_clients_send_nothing_more(runner: Runner, begun: str) -> None:
    with slow_clients(runner.port, BEGUN[begun]) as clients:
        assert runner.get("/list").status_code == 200
        assert runner.post(jpeg(photo(60, 40, seed=len(begun)))).status_code == 201
        assert all(map(is_open, clients))


def test_others_are_served_while_clients_do_not_read_what_they_requested(runner: Runner) -> None:
    """More clients than threads, with responses beyond all buffers of the sockets, and the next request at once."""
    image_id = runner.post(large_png(), "large.png").json()["id"]
    request = f"GET /fetch/{image_id} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with ExitStack() as stack:
        for _ in range(24):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", runner.port), timeout=30))
            client.sendall(request * 2)
        assert runner.get("/list").status_code == 200


def test_a_low_limit_of_open_files_is_raised(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    runner = Runner(tmp_path / "data")
    try:
        runner.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        with slow_clients(runner.port, BEGUN["half a body"]) as clients:
            assert runner.get("/list").status_code == 200
            assert all(map(is_open, clients))
    finally:
        runner.kill()


def test_the_server_stops_while_clients_have_sent_half_a_request(tmp_path: Path) -> None:
    with running(tmp_path / "data") as runner, slow_clients(runner.port, BEGUN["half a body"]):
        assert runner.stop() == 0


def test_a_response_in_progress_is_sent_to_its_end_when_the_server_stops(tmp_path: Path) -> None:
    with running(tmp_path / "data") as runner:
        image_id = runner.post(large_png(), "large.png").json()["id"]
        with socket.create_connection(("127.0.0.1", runner.port), timeout=60) as client:
            client.sendall(f"GET /fetch/{image_id} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            received = len(client.recv(1))
            runner.signal_all(signal.SIGINT)
            while part := client.recv(1 << 20):
                received += len(part)
        assert received > len(large_png())
        assert runner.process is not None
        assert runner.process.wait(20) == 0


LOWERED = """
import sys
from local import __main__, server, supervisor

server.{name} = {value}
sys.exit(supervisor.supervise(__main__.main))
"""


def read_to_end(client: socket.socket) -> int:
    """The number of bytes that the server sends before it closes the connection."""
    received = 0
    try:
        while part := client.recv(1 << 20):
            received += len(part)
    except ConnectionResetError:
        pass
    return received


def test_connections_that_read_nothing_are_closed_when_too_much_waits_for_them(tmp_path: Path) -> None:
    """A client that reads is served beside them. Two of them stay within the bound, which is lower than usual."""
    runner = Runner(tmp_path / "data", program=("-c", LOWERED.format(name="MOST_SENT", value=3 * len(large_png()))))
    runner.start()
    try:
        image_id = runner.post(large_png(), "large.png").json()["id"]
        request = f"GET /fetch/{image_id} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        with ExitStack() as stack:
            idle = [stack.enter_context(socket.create_connection(("127.0.0.1", runner.port), 30)) for _ in range(8)]
            for each in idle:
                each.sendall(request)
                each.recv(1)  # the response is on its way
            for _ in range(3):
                assert runner.get(f"/fetch/{image_id}").content[-8:] == large_png()[-8:]
            cut = [read_to_end(each) < len(large_png()) for each in idle]
        assert 5 <= cut.count(True) <= 7
        assert "slow readers left more than" in runner.log.read_text()
        assert "Traceback" not in runner.log.read_text()
    finally:
        runner.kill()


def test_requests_that_stay_unfinished_are_dropped_when_too_much_of_them_has_arrived(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "data", program=("-c", LOWERED.format(name="MOST_RECEIVED", value=20 * 50_000)))
    runner.start()
    try:
        for begun in ("half a body", "half a chunk"):
            with slow_clients(runner.port, BEGUN[begun]) as clients:
                assert runner.post(jpeg(photo(60, 40, seed=len(begun)))).status_code == 201
                assert sum(map(is_open, clients)) <= 20
        assert "MiB of requests were unfinished" in runner.log.read_text()
        assert "Traceback" not in runner.log.read_text()
    finally:
        runner.kill()


@pytest.mark.parametrize("begun", BEGUN)
def test_more_idle_connections_than_the_server_accepts_keep_no_one_out(tmp_path: Path, begun: str) -> None:
    """Those that are being served stay open."""
    runner = Runner(tmp_path / "data", program=("-c", LOWERED.format(name="CONNECTIONS", value=CLIENTS // 2)))
    runner.start()
    try:
        image_id = runner.post(large_png(), "large.png").json()["id"]
        with socket.create_connection(("127.0.0.1", runner.port), timeout=30) as reader:
            reader.sendall(f"GET /fetch/{image_id} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            reader.recv(1)
            with slow_clients(runner.port, BEGUN[begun]):
                assert runner.get("/list").status_code == 200
            assert read_to_end(reader) > len(large_png())
        assert "idle connections are closed" in runner.log.read_text()
        assert "Traceback" not in runner.log.read_text()
    finally:
        runner.kill()


@pytest.mark.parametrize("whom", ["the terminal", "the parent"])
def test_a_second_ctrl_c_ends_the_responses_in_progress(tmp_path: Path, whom: str) -> None:
    """A terminal sends the signal to parent and child; that counts once. The first one alone waits for 10 s."""
    with running(tmp_path / "data") as runner:
        assert runner.process is not None
        interrupt = runner.signal_all if whom == "the terminal" else runner.process.send_signal
        image_id = runner.post(large_png(), "large.png").json()["id"]
        with socket.create_connection(("127.0.0.1", runner.port), timeout=60) as client:
            client.sendall(f"GET /fetch/{image_id} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            received = len(client.recv(1))
            interrupt(signal.SIGINT)
            wait_for(runner, "Press Ctrl-C again")
            interrupt(signal.SIGINT)
            assert runner.process.wait(20) == 0
            received += read_to_end(client)
        assert received < len(large_png())
        assert "Traceback" not in runner.log.read_text()


COUNTED = """
import sys
from waitress.parser import HTTPRequestParser
from local import __main__, supervisor

received = HTTPRequestParser.received

def counted(*arguments):
    print("parsed", flush=True)
    return received(*arguments)

HTTPRequestParser.received = counted
sys.exit(supervisor.supervise(__main__.main))
"""


@pytest.mark.parametrize("following", [b"GET /list HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n\r\n"])
def test_what_follows_a_request_at_once_is_not_parsed(tmp_path: Path, following: bytes) -> None:
    """Thousands of requests fit into what the thread that reads all connections reads at once."""
    runner = Runner(tmp_path / "data", program=("-c", COUNTED))
    runner.start()
    try:
        before = runner.log.read_text().count("parsed")
        with socket.create_connection(("127.0.0.1", runner.port), timeout=30) as client:
            client.sendall(b"\r\n" * 5_000 + b"GET /list HTTP/1.1\r\nHost: x\r\n\r\n" + following * 1_000)
            client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(65_536), b""))
        assert answer.count(b"HTTP/1.1 200 OK") == 1
        assert b"\r\nConnection: close\r\n" in answer
        assert 1 <= runner.log.read_text().count("parsed") - before <= 10  # a few, as the bytes can arrive in parts
    finally:
        runner.kill()
