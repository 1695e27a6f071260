"""What a client sends is answered with a problem document, or closes the connection. It is never a 500."""

import hashlib
import json
import re
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import pytest
import requests
from PIL import Image

from tests.photos import jpeg, photo
from tests.processes import KEY, Runner, running, serving
from tests.wire import broken_chunks

YEAR: Final = b"Mon, 01 Jan 99999999999999999999 00:00:00 GMT"
HASHED_KEY = f"test:admin:{hashlib.sha256(KEY.encode()).hexdigest()}"


class Raw(NamedTuple):
    """A response as bytes."""

    status: int
    head: bytes
    body: bytes

    @property
    def is_problem(self) -> bool:
        """Whether it is a problem document that a page of any origin can read."""
        return (
            re.search(rb"(?i)\r\ncontent-type: application/problem\+json\r\n", self.head) is not None
            and re.search(rb"(?i)\r\naccess-control-allow-origin: \*\r\n", self.head) is not None
            and json.loads(self.body)["status"] == self.status
        )


def send(port: int, message: bytes) -> Raw:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    return Raw(int(head.split()[1]), head + b"\r\n", body)


def get(target: bytes, *headers: bytes, method: bytes = b"GET", version: bytes = b"1.1") -> bytes:
    named = () if any(each.lower().startswith(b"host:") for each in headers) else (b"Host: x",)
    return b"\r\n".join(
        (method + b" " + target + b" HTTP/" + version, *named, b"Connection: close", *headers, b"", b"")
    )


def noise() -> bytes:
    """A PNG of 500 kB."""
    file = BytesIO()
    Image.effect_noise((800, 600), 100).save(file, "png")
    return file.getvalue()


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with running(tmp_path_factory.mktemp("malformed") / "data") as each:
        yield each
        assert "Traceback" not in each.log.read_text()


@pytest.fixture(scope="module")
def image(runner: Runner) -> bytes:
    """The id of an image with its thumbnails."""
    image_id: str = runner.post(jpeg(photo(300, 200))).json()["id"]
    runner.wait_until_ready(image_id)
    return image_id.encode()


@pytest.fixture(scope="module")
def fetch(runner: Runner, image: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the function that serves images, as it is deployed."""
    del image  # it is in the catalog of the runner
    yield from _function("fetch_image", runner.data, tmp_path_factory.mktemp("fetch") / "log")


@pytest.fixture(scope="module")
def listing(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the function that lists images, as it is deployed."""
    yield from _function("list_images", runner.data, tmp_path_factory.mktemp("list") / "log")


def _function(name: str, data: Path, log: Path) -> Iterator[int]:
    with serving(name, log, BACKEND="embedded", DATA_DIR=str(data), API_KEYS=HASHED_KEY) as (address, _):
        yield urlsplit(address).port or 0
    assert "Traceback" not in log.read_text()


DATES = [YEAR, b"x", b"Mon, 01 Jan 2020 00:00:00 +9999999999", b"\xff"]


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("name", [b"If-Modified-Since", b"If-Unmodified-Since"])
def test_an_invalid_date_is_ignored(runner: Runner, image: bytes, fetch: int, name: bytes, date: bytes) -> None:
    header = name + b": " + date
    for target in (b"/", b"/fetch/" + image, b"/renditions/%s/r2/160.webp" % image):
        assert send(runner.port, get(target, header)).status == 200
    assert send(fetch, get(b"/" + image, header)).status == 200


@pytest.mark.parametrize("date", DATES)
def test_a_range_with_an_invalid_date_gets_the_whole(runner: Runner, image: bytes, fetch: int, date: bytes) -> None:
    headers = (b"If-Range: " + date, b"Range: bytes=0-3")
    for target in (b"/", b"/fetch/" + image, b"/renditions/%s/r2/160.webp" % image):
        assert send(runner.port, get(target, *headers)).status == 200
    assert send(fetch, get(b"/" + image, *headers)).status == 200


@pytest.mark.parametrize(
    "value", [b"bytes=" + b"9" * 5_000 + b"-", b"bytes=--1", b"bytes=\xb2-", b"x=\xff", b"bytes=1_0-"]
)
def test_an_invalid_range_gets_the_whole(runner: Runner, image: bytes, fetch: int, value: bytes) -> None:
    assert send(runner.port, get(b"/fetch/" + image, b"Range: " + value)).status == 200
    assert send(fetch, get(b"/" + image, b"Range: " + value)).status == 200


PATHS = {
    b"/fetch/ID%0a": 404,
    b"/fetch/" + b"a" * 26 + b"%0a": 404,
    b"/fetch/%00": 400,
    b"/fetch/%ff": 400,
    b"/fetch/a%2fb": 404,
    b"/fetch/..%2f..": 404,
    b"/fetch//details": 400,
    b"/nothing%0a": 404,
    b"/robots.txt": 404,
    b"/list?limit=%00": 400,
    b"/list?limit=" + b"9" * 5_000: 400,
    b"/list?limit=%C2%B2": 400,
    b"/list?page_token=%ff": 400,
    b"/fetch/" + b"a" * 6_000: 400,
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:20].decode())
def test_a_path_that_means_nothing_is_a_problem(runner: Runner, fetch: int, listing: int, path: bytes) -> None:
    function = listing if path.startswith(b"/list") else fetch
    for method in (b"GET", b"HEAD"):
        for port in (runner.port, function):
            found = send(port, get(path, method=method))
            assert found.status == PATHS[path]
            assert method == b"HEAD" or found.is_problem


def test_raw_non_ascii_paths(runner: Runner) -> None:
    """The server of deployed functions refuses them itself, with a page of its own."""
    for path in (b"/fetch/\xc3\xbc", b"/fetch/\xff"):
        found = send(runner.port, get(path))
        assert (found.status, found.is_problem) == (400, True)


REFUSED_BY_THE_SERVER = {
    "two hosts": (get(b"/list", b"Host: a", b"Host: b"), 400),
    "two lengths": (get(b"/list", b"Content-Length: 1", b"Content-Length: 2"), 400),
    "a length and chunks": (get(b"/list", b"Content-Length: 1", b"Transfer-Encoding: chunked"), 400),
    "chunks of chunks": (get(b"/list", b"Transfer-Encoding: chunked, chunked"), 400),
    "chunks twice": (get(b"/list", b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), 400),
    "chunks of HTTP/1.0": (get(b"/list", b"Transfer-Encoding: chunked", version=b"1.0"), 400),
    "another coding": (get(b"/list", b"Transfer-Encoding: gzip"), 501),
    "a sign in the length": (get(b"/list", b"Content-Length: +5"), 400),
    "an underscore in the length": (get(b"/list", b"Content-Length: 5_0"), 400),
    "a negative length": (get(b"/list", b"Content-Length: -1"), 400),
    "5,000 digits": (get(b"/list", b"Content-Length: " + b"9" * 5_000), 400),
    "no colon": (get(b"/list", b"bad header"), 400),
    "a folded header": (get(b"/list", b"a: b\r\n c"), 400),
    "a bare CR": (get(b"/list", b"a: b\rc"), 400),
    "a small method": (get(b"/list", method=b"get"), 400),
    "a broken absolute target": (get(b"http://[::1/list"), 400),
    "a long header": (get(b"/list", b"A: " + b"x" * 70_000), 431),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
}


@pytest.mark.parametrize("case", REFUSED_BY_THE_SERVER)
def test_the_local_server_refuses_with_a_problem_and_gunicorn_with_a_page(
    runner: Runner, listing: int, case: str
) -> None:
    message, status = REFUSED_BY_THE_SERVER[case]
    found = send(runner.port, message)
    assert (found.status, found.is_problem) == (status, True)
    assert send(listing, message).status in {400, 417, 431}


@pytest.mark.parametrize("fault", broken_chunks(b""))
def test_broken_chunks_are_a_problem(runner: Runner, fault: str) -> None:
    headers = (b"X-API-Key: " + KEY.encode(), b"Content-Type: image/jpeg", b"Transfer-Encoding: chunked")
    found = send(runner.port, get(b"/upload", *headers, method=b"POST") + broken_chunks(jpeg())[fault])
    assert (found.status, found.is_problem) == (400, True)
    assert json.loads(found.body)["code"] == "incomplete_body"


def test_many_tiny_chunks_and_endless_lines_are_refused_early(runner: Runner) -> None:
    headers = (b"X-API-Key: " + KEY.encode(), b"Content-Type: image/jpeg", b"Transfer-Encoding: chunked")
    head = get(b"/upload", *headers, method=b"POST")
    for body in (b"1\r\na\r\n" * 100_000, b"1;" + b"x" * 100_000, b"0\r\n" + b"a: b\r\n" * 20_000):
        found = send(runner.port, head + body)
        assert (found.status, found.is_problem) == (400, True)


def test_the_message_about_tiny_chunks_says_how_they_must_be(runner: Runner) -> None:
    headers = (b"X-API-Key: " + KEY.encode(), b"Content-Type: image/jpeg", b"Transfer-Encoding: chunked")
    found = send(runner.port, get(b"/upload", *headers, method=b"POST") + b"1;a=b\r\na\r\n" * 20_000)
    assert json.loads(found.body)["code"] == "invalid_request"
    assert json.loads(found.body)["detail"] == (
        "The chunks of the body are too short: the first 1,008 have 1,008 bytes. "
        "Send longer chunks, or the body with a Content-Length."
    )


def test_a_file_that_is_sent_line_by_line_is_accepted(runner: Runner) -> None:
    """Its lines have 256 bytes on average, as those of every compressed file."""
    data = noise()
    assert data.count(b"\n") > 1_100
    answer = requests.post(
        f"{runner.address}/upload",
        data=iter(BytesIO(data)),
        headers={**runner.key, "Content-Type": "image/png"},
        timeout=30,
    )
    assert answer.status_code == 201


LF_HEADS = {
    "all lines": (b"GET /list HTTP/1.1\nHost: x\n\n",),
    "the last lines": (b"GET /list HTTP/1.1\r\nHost: x\n", b"\n"),
    "between two parts": (b"GET /list HTTP/1.1", b"\nHost: x\n\n"),
}


@pytest.mark.parametrize("parts", LF_HEADS.values(), ids=LF_HEADS)
def test_a_bare_lf_is_answered_while_the_client_waits(runner: Runner, parts: tuple[bytes, ...]) -> None:
    with socket.create_connection(("127.0.0.1", runner.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for each in parts:
            connection.sendall(each)
        response = HTTPResponse(connection)
        response.begin()
        assert response.status == 400
        assert "LF" in json.loads(response.read())["detail"]


@pytest.mark.parametrize("size", [1, 7])
def test_the_lines_of_a_head_can_arrive_in_parts(runner: Runner, size: int) -> None:
    message = b"\r\n" + get(b"/list")
    with socket.create_connection(("127.0.0.1", runner.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(0, len(message), size):
            connection.sendall(message[place : place + size])
        assert int(connection.recv(100).split()[1]) == 200


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (get(b"/list", b"Content-Length: " + b"9" * 5_000), "Content-Length has 5,000 digits."),
        (get(b"http://[::1/list"), "The URL is invalid."),
    ],
    ids=["a length", "a URL"],
)
def test_what_python_cannot_read_has_a_message_of_ours(runner: Runner, message: bytes, reason: str) -> None:
    assert json.loads(send(runner.port, message).body)["detail"] == f"The request is not valid HTTP: {reason}"


SIZES = {
    b"fffffffffffffffffffff": 413,
    b"F" * 4_000: 413,
    b"2000001": 413,
    b"-1": 400,
    b"0x10": 400,
    b"1_0": 400,
    b" 5": 400,
    b"5\n": 400,
    b"": 400,
    b"5;" + b"x" * 70_000: 400,
    b"F" * 70_000: 400,
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: repr(size[:12])[2:-1])
def test_a_chunk_size_that_cannot_be_right_is_answered_at_once(runner: Runner, size: bytes) -> None:
    """The client sends nothing more, and keeps the connection open."""
    headers = (b"X-API-Key: " + KEY.encode(), b"Content-Type: image/jpeg", b"Transfer-Encoding: chunked")
    with socket.create_connection(("127.0.0.1", runner.port), timeout=30) as connection:
        connection.sendall(get(b"/upload", *headers, method=b"POST") + size + b"\r\nabc")
        assert int(connection.recv(100).split()[1]) == SIZES[size]


def test_a_chunk_extension_is_ignored(runner: Runner) -> None:
    headers = (b"X-API-Key: " + KEY.encode(), b"Content-Type: image/jpeg", b"Transfer-Encoding: chunked")
    data = jpeg(photo(48, 36))
    body = b"%x;a=b;c\r\n%s\r\n0;d\r\nTrailer: x\r\n\r\n" % (len(data), data)
    for step in (1, 7, len(body)):
        with socket.create_connection(("127.0.0.1", runner.port), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(get(b"/upload", *headers, method=b"POST"))
            for place in range(0, len(body), step):
                connection.sendall(body[place : place + step])
            assert int(connection.recv(100).split()[1]) in {200, 201}


HOSTS = {
    b"my_host:8080": b"http://my_host:8080/",
    b"xn--bcher-kva.example": b"http://xn--bcher-kva.example/",
    "bücher.example".encode(): b"http://xn--bcher-kva.example/",
    b"h.example:80": b"http://h.example/",
    b"[::1]:8080": b"http://[::1]:8080/",
}


@pytest.mark.parametrize("host", HOSTS)
def test_the_urls_in_answers_are_those_of_the_host(runner: Runner, image: bytes, fetch: int, host: bytes) -> None:
    for port, path in ((runner.port, b"/fetch/%s/details" % image), (fetch, b"/%s/details" % image)):
        found = json.loads(send(port, get(path, b"Host: " + host)).body)
        assert found["url"].encode() == HOSTS[host] + b"fetch/" + image
        assert found["thumbnails"]["items"][0]["url"].encode().startswith(HOSTS[host] + b"renditions/")


@pytest.mark.parametrize(
    "host",
    [
        *(b"a b", b"a/b", b"h:x", b"h:0", b"h:99999", b"user@h", b"<x>", b"\xff", b"a, b", b"[zz]"),
        *(b".", b"..", b"a..b", b".a", b"a" * 64, b"a" * 64 + b".b", b"a..:80"),
    ],
)
def test_an_invalid_host_is_a_problem(runner: Runner, fetch: int, image: bytes, host: bytes) -> None:
    found = send(runner.port, get(b"/list", b"Host: " + host))
    assert (found.status, found.is_problem) == (400, True)
    assert "Host" in json.loads(found.body)["detail"]
    assert send(fetch, get(b"/" + image, b"Host: " + host)).status == 400


def test_without_a_host_the_urls_have_the_address_of_the_server(runner: Runner, image: bytes) -> None:
    message = b"GET /fetch/%s/details HTTP/1.0\r\n\r\n" % image
    assert json.loads(send(runner.port, message).body)["url"] == f"{runner.address}/fetch/{image.decode()}"


@pytest.mark.parametrize(
    "name", [b"Origin", b"Accept", b"Authorization", b"X-API-Key", b"Cookie", b"Forwarded", b"Traceparent"]
)
def test_no_header_is_an_internal_error(runner: Runner, listing: int, name: bytes) -> None:
    for value in (b"\xff\xfe", b'"', b"=;,", b"9" * 5_000, b"Bearer \xff", b"Digest a=b,"):
        for port, path in ((runner.port, b"/list"), (listing, b"/")):
            assert send(port, get(path, name + b": " + value)).status in {200, 400, 401}


@pytest.mark.parametrize("target", [b"*", b"/list", b"/list//"])
def test_options_of_any_target(runner: Runner, listing: int, target: bytes) -> None:
    for port in (runner.port, listing):
        assert send(port, get(target, method=b"OPTIONS")).status == 204


@pytest.mark.parametrize("method", [b"PROPFIND", b"TRACE", b"CONNECT", b"PUT"])
def test_other_methods_are_a_problem(runner: Runner, listing: int, method: bytes) -> None:
    for port, path in ((runner.port, b"/list"), (listing, b"/")):
        found = send(port, get(path, method=method))
        assert (found.status, found.is_problem) == (405, True)
