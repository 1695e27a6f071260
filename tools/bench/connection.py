"""A minimal HTTP/1.1 client, so that measurements show the server and not the client."""

import json
import re
import socket
from dataclasses import dataclass
from typing import Any, Final, Self

_TIMEOUT: Final = 120.0
"""The time limit of each read and write, in seconds."""
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE: Final = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: its status and its body."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The JSON value of the body."""
        return json.loads(self.body)


class Connection:
    """A connection to a local port. It is opened again after the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket; the next exchange opens another one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def exchange(self, message: bytes) -> Reply:
        """Send a whole request, and read the whole response.

        Raises:
            ConnectionError: the server closed the connection.
        """
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), _TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(message)
        head, _, body = self._read_until_head().partition(_END)
        length = _LENGTH.search(head)
        missing = int(length[1]) - len(body) if length and b" 204 " not in head[:13] else 0
        rest = self._read(missing)
        if _CLOSE.search(head):
            self.close()
        return Reply(int(head[9:12]), body + rest)

    def _read_until_head(self) -> bytes:
        received = b""
        while _END not in received:
            received += self._receive()
        return received

    def _read(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            received += self._receive()
        return bytes(received)

    def _receive(self) -> bytes:
        received = self._socket.recv(1 << 16) if self._socket else b""
        if not received:
            self.close()
            raise ConnectionError("The server closed the connection.")
        return received


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole request. Underscores in the names of headers become hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _END + body


def upload(file: bytes, filename: str, key: str) -> bytes:
    """The request of a browser's form for one file."""
    boundary = "----a-boundary-that-no-photo-has"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{filename}"\r\n'
    body = f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + file + f"\r\n--{boundary}--\r\n".encode()
    return request("POST", "/upload", body, X_API_Key=key, Content_Type=f"multipart/form-data; boundary={boundary}")
