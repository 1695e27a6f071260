"""A gateway before the service: it forwards requests, answers some itself, and loses some answers."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


@dataclass(slots=True)
class Answer:
    """An answer of the gateway itself. `missing` bytes at the end of its body are announced, but not sent."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    missing: int = 0


LOST = Answer(0)
"""The service receives the request, and its answer is lost."""

Rule = Callable[[str, int, bytes], Answer | None]
"""Chooses the answer by the path, the number of earlier requests for it, and the body; None forwards the request."""


@dataclass(slots=True)
class Gateway:
    """The port, and the requests so far: method, path, length of the body, API key."""

    port: int
    seen: list[tuple[str, str, int, str | None]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def uploads(self) -> int:
        """The number of uploaded files."""
        return sum((method, path) == ("POST", "/upload") for method, path, *_ in self.seen)


@contextmanager
def gateway(behind: int, rule: Rule) -> Iterator[Gateway]:
    """A gateway to the service on the port `behind`."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with lock:
                before = sum(each[1] == self.path for each in found.seen)
                found.seen.append((self.command, self.path, len(body), self.headers.get("X-API-Key")))
            answer = rule(self.path, before, body)
            if answer is None:
                self._send(*_forward(behind, self.command, self.path, body, dict(self.headers)))
            elif answer is LOST:
                _forward(behind, self.command, self.path, body, dict(self.headers))
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self._send(answer.status, answer.headers, answer.body, answer.missing)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the names of http.server

        def _send(self, status: int, headers: dict[str, str], body: bytes, missing: int = 0) -> None:
            self.close_connection = self.close_connection or missing > 0
            self.send_response(status)
            for name, value in ({"Content-Type": "application/problem+json"} | headers).items():
                if name.lower() not in _HOP_BY_HOP | {"content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + missing))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Gateway(server.server_address[1])
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def _forward(
    port: int, method: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()
