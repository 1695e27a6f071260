"""A small and strict Cloud Storage server: the part of the JSON API that the official client uses, and its failures.

It replaces Google's storage-testbench, which no package registry offers. It enforces preconditions, limits pages, and
fails when a test asks for it. It follows the reference of the API, and refuses every request that it does not know, so
that such a request fails the test. It was not compared with Cloud Storage itself.
"""

import json
import re
import secrets
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.gcs_store import Refused, Resource, Store


class Fault(Enum):
    """A failure of one request."""

    UNAVAILABLE_BEFORE = auto()
    """The response is 503, and the request has had no effect."""
    UNAVAILABLE_AFTER = auto()
    """The response is 503, although the request has taken effect."""
    RESET_BEFORE = auto()
    """The connection is reset, and the request has had no effect."""
    RESET_AFTER = auto()
    """The connection is reset, although the request has taken effect."""
    TRUNCATED = auto()
    """The response ends in the middle of its body."""
    CORRUPTED = auto()
    """One byte of the response is changed."""
    SILENT = auto()
    """The request has no effect, and the server waits ten seconds before it resets the connection."""


AFTER = {Fault.UNAVAILABLE_AFTER, Fault.RESET_AFTER, Fault.TRUNCATED, Fault.CORRUPTED}


@dataclass(slots=True)
class Plan:
    """The faults to come. Each request whose method and path begin with `request` gets the next one of `faults`."""

    request: str = ""
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """The method and the target of every request so far."""

    def next(self, request: str) -> Fault | None:
        """Record a request. Returns its fault, or None."""
        self.requests.append(request)
        return self.faults.pop(0) if self.faults and request.startswith(self.request) else None


Server = TypeVar("Server", bound=ThreadingHTTPServer)


class GcsServer(ThreadingHTTPServer):
    """The server at `url`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.store = Store()
        self.plan = Plan()
        self.uploads: dict[str, tuple[str, Resource, str, dict[str, str]]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print no traceback when a client has closed its connection."""


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Run a server in a thread until the block ends."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def gcs_server() -> AbstractContextManager[GcsServer]:
    """A server without buckets."""
    return running(GcsServer())


class _Dropped(Exception):
    """The server has reset the connection, so that it cannot send a response."""


class Handler(BaseHTTPRequestHandler):
    """Handles the requests of one connection."""

    server: GcsServer
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self._serve()

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 - the names that the base class calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Print nothing: no test reads the access log."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._fault = self.server.plan.next(f"{self.command} {self.path}")
        try:
            if self._fault and self._fault not in AFTER:
                self._fail()
            status, headers, answer = self._answer(body)
            if self._fault in {Fault.UNAVAILABLE_AFTER, Fault.RESET_AFTER}:
                self._fail()
            self._send(status, headers, answer)
        except Refused as refused:
            error = {"error": {"code": refused.status, "message": str(refused)}}
            self._send(refused.status, {"Content-Type": "application/json"}, json.dumps(error).encode())
        except _Dropped:
            self.close_connection = True

    def _fail(self) -> NoReturn:
        if self._fault in {Fault.UNAVAILABLE_BEFORE, Fault.UNAVAILABLE_AFTER}:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Backend Error")
        if self._fault is Fault.SILENT:
            self.connection.settimeout(10)
            self.rfile.read(1)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise _Dropped

    def _send(self, status: HTTPStatus, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self._fault is Fault.CORRUPTED:
            body = bytes([body[0] ^ 1]) + body[1:]
        if self._fault is Fault.TRUNCATED:
            body = body[: len(body) // 2]
            self.close_connection = True
        self.wfile.write(body)

    def _answer(self, body: bytes) -> tuple[HTTPStatus, dict[str, str], bytes]:
        target = urlsplit(self.path)
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        for pattern, method in ROUTES:
            found = re.fullmatch(pattern, f"{self.command} {target.path}")
            if found:
                answer = method(self, *map(unquote, found.groups()), query=query, body=body)
                if isinstance(answer, tuple):
                    return answer
                return HTTPStatus.OK, {"Content-Type": "application/json"}, json.dumps(answer).encode()
        raise Refused(HTTPStatus.NOT_IMPLEMENTED, f"{self.command} {target.path}")

    def create_bucket(self, *, query: dict[str, str], body: bytes) -> Any:
        del query
        self.server.store.create_bucket(json.loads(body)["name"])
        return json.loads(body)

    def list(self, bucket: str, *, query: dict[str, str], body: bytes) -> Any:
        del body
        return self.server.store.list(bucket, query)

    def get(self, bucket: str, name: str, *, query: dict[str, str], body: bytes) -> Any:
        del body
        stored = self.server.store.get(bucket, name, query)
        if query.get("alt") != "media":
            return stored.resource()
        resource = stored.resource()
        headers = {
            "Content-Type": resource["contentType"],
            "X-Goog-Generation": resource["generation"],
            "X-Goog-Metageneration": resource["metageneration"],
            "X-Goog-Hash": f"crc32c={resource['crc32c']},md5={resource['md5Hash']}",
            "X-Goog-Stored-Content-Length": resource["size"],
        }
        return HTTPStatus.OK, headers, stored.data

    def patch(self, bucket: str, name: str, *, query: dict[str, str], body: bytes) -> Any:
        return self.server.store.patch(bucket, name, json.loads(body), query)

    def delete(self, bucket: str, name: str, *, query: dict[str, str], body: bytes) -> Any:
        del body
        self.server.store.delete(bucket, name, query)
        return HTTPStatus.NO_CONTENT, {}, b""

    def upload(self, bucket: str, *, query: dict[str, str], body: bytes) -> Any:
        if query["uploadType"] == "multipart":
            (_, about), (head, data) = parts_of(body, self.headers["Content-Type"])
            content_type = head.decode().partition(":")[2].strip()
            return self.server.store.insert(bucket, json.loads(about), data, content_type, query)
        if query["uploadType"] != "resumable":
            raise Refused(HTTPStatus.BAD_REQUEST, "Unknown upload type.")
        about = json.loads(body or b"{}")
        self.server.store.check(bucket, about.get("name", query.get("name")), query)
        upload_id = secrets.token_urlsafe()
        content_type = self.headers.get("X-Upload-Content-Type", "application/octet-stream")
        self.server.uploads[upload_id] = (bucket, about, content_type, query)
        location = f"{self.server.url}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={upload_id}"
        return HTTPStatus.OK, {"Location": location}, b""

    def resume(self, bucket: str, *, query: dict[str, str], body: bytes) -> Any:
        """Complete a resumable upload. All bytes must come in one request. The client sends up to 100 MB so."""
        if self.headers["Content-Range"] != f"bytes 0-{len(body) - 1}/{len(body)}":
            raise Refused(HTTPStatus.NOT_IMPLEMENTED, "Send all bytes of the upload in one request.")
        if query["upload_id"] not in self.server.uploads:
            raise Refused(HTTPStatus.NOT_FOUND, "No such upload.")
        _, about, content_type, conditions = self.server.uploads.pop(query["upload_id"])
        return self.server.store.insert(bucket, about, body, content_type, conditions)


def parts_of(body: bytes, content_type: str) -> Iterator[tuple[bytes, bytes]]:
    """Head and content of each part of a multipart body, unchanged. An e-mail parser would change the line ends."""
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    assert boundary is not None
    for part in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        yield head, content.removesuffix(b"\r\n")


_OBJECTS = r"/storage/v1/b/([^/]+)/o"
ROUTES: list[tuple[str, Callable[..., Any]]] = [
    (r"POST /storage/v1/b", Handler.create_bucket),
    (rf"GET {_OBJECTS}", Handler.list),
    (rf"GET (?:/download)?{_OBJECTS}/([^/]+)", Handler.get),
    (rf"PATCH {_OBJECTS}/([^/]+)", Handler.patch),
    (rf"DELETE {_OBJECTS}/([^/]+)", Handler.delete),
    (rf"POST /upload{_OBJECTS}", Handler.upload),
    (rf"PUT /upload{_OBJECTS}", Handler.resume),
]
