"""Requests as bytes on a connection: complete, truncated or chunked. Each way to send a body has an example."""

import json
import socket
import struct
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from http.client import HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlencode

from werkzeug.test import encode_multipart

from tests.photos import jpeg, photo


class Answer(NamedTuple):
    """The status of a response, and its JSON; None for an empty body."""

    status: int
    value: Any

    @property
    def code(self) -> Any:
        """The code of a problem, or None."""
        return self.value.get("code") if isinstance(self.value, dict) else None


@dataclass(frozen=True)
class Sent:
    """One request with a body."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def keyed(self, key: str) -> "Sent":
        """The request with an API key."""
        return replace(self, headers={**self.headers, "X-API-Key": key})

    def message(self, body: bytes) -> bytes:
        """The request with this body, but with the Content-Length of its complete body."""
        return self._head({"Content-Length": str(len(self.body))}) + body

    def chunked(self, chunks: bytes) -> bytes:
        """The request with chunks in place of the body."""
        return self._head({"Transfer-Encoding": "chunked"}) + chunks

    def _head(self, framing: dict[str, str]) -> bytes:
        headers = {"Host": "127.0.0.1", **self.headers, **framing}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode()


def exchange(port: int, message: bytes) -> Answer:
    """Send the bytes, close the sending side of the connection, and read the response."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        response = HTTPResponse(connection)
        response.begin()
        body = response.read()
        return Answer(response.status, json.loads(body) if body else None)


def reset(port: int, head: bytes, body: bytes) -> None:
    """Send a request, and reset the connection within its body, as a phone that loses its network does.

    The body follows when the server has read the head, because a reset also discards what was not read yet.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def broken_chunks(body: bytes) -> dict[str, bytes]:
    """Ways in which a chunked body can be incomplete."""
    chunk = b"%x\r\n%s\r\n" % (len(body), body)
    return {
        "within a chunk": chunk[:-20],
        "after a chunk": chunk,
        "without the end of the trailers": chunk + b"0\r\n",
        "with a size that is not hexadecimal": chunk + b"zz\r\n",
        "with a chunk that is longer than its size": chunk.replace(b"\r\n", b"1\r\n", 1)[:-1] + b"0\r\n\r\n",
        "with an invalid trailer": chunk + b"0\r\nno colon\r\n\r\n",
    }


def photo_bytes(seed: int) -> bytes:
    """A JPEG that can be decoded without its last 100 bytes, as many photos can."""
    return jpeg(photo(64, 48, seed=seed)) + bytes(100)


def uploads() -> dict[str, Sent]:
    """A valid upload in each form, each of another photo."""
    boundary, form = encode_multipart({"image": _text(2), "caption": "At the sea"})
    binary = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n%s\r\n--b--\r\n'
    return {
        "raw": _post(photo_bytes(0), "image/jpeg"),
        "raw, as curl --data-binary declares it": _post(photo_bytes(1), "application/x-www-form-urlencoded"),
        "multipart, base64": _post(form, f"multipart/form-data; boundary={boundary}"),
        "multipart, file": _post(binary % photo_bytes(3), "multipart/form-data; boundary=b"),
        "multipart, with an epilogue": _post(binary % photo_bytes(4) + b"epilogue", "multipart/form-data; boundary=b"),
        "JSON": _post(json.dumps({"image": _text(5)}).encode() + b"\r\n", "application/json"),
        "urlencoded": _post(
            urlencode({"image": _text(6), "album": "Sea"}).encode(), "application/x-www-form-urlencoded"
        ),
    }


def asked() -> dict[str, Sent]:
    """Valid requests with a JSON object that store no image."""
    wanted = {"content_type": "image/jpeg", "bytes": 10}
    return {
        "check": _post(json.dumps({"sha256": ["0" * 64]}).encode() + b" ", "application/json", "/upload/check"),
        "ticket": _post(json.dumps(wanted).encode() + b" ", "application/json", "/upload/tickets"),
    }


def drop(name: str, seed: int) -> Sent:
    """A file for the dropbox."""
    return Sent("PUT", f"/dropbox/{name}", photo_bytes(seed), {"Content-Type": "image/jpeg"})


def _post(body: bytes, content_type: str, path: str = "/upload") -> Sent:
    return Sent("POST", path, body, {"Content-Type": content_type})


def _text(seed: int) -> str:
    return b64encode(photo_bytes(seed)).decode()


def cuts(body: bytes) -> Iterable[bytes]:
    """The body, truncated at several places."""
    return (body[:size] for size in (0, 1, len(body) // 2, len(body) - 1))
