"""The connections of the local server: waitress' channel and tasks, with bounds on what a client can hold."""

import logging
import socket
import time
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, Task, WSGITask

from functions.domain.errors import ImageRepoError
from local.protocol import Parser, Rest

access = logging.getLogger("local.access")

_LINGER: Final = 10.0
"""Seconds in which a client can send the rest of a request that was refused, before it reads the response."""
_LOCAL: Final = ("127.0.0.1", "::1")
_CLIENT_CLOSED: Final = 499


def _log(request: Parser, status: str, seconds: float) -> None:
    """Write a line about a request. A request must not control the terminal or add lines, so its path is quoted."""
    path = quote(request.path.encode("latin-1"))
    access.info("%s %s %s %dms", request.command or "-", path or "-", status[:3], seconds * 1000)


class _LoggedTask(Task):  # type: ignore[misc]
    def service(self) -> None:
        """Answer the request, and log it."""
        try:
            super().service()
        finally:
            _log(self.request, self.status, time.time() - self.start_time)


class ServedTask(_LoggedTask, WSGITask):  # type: ignore[misc]
    """A request that the application answers."""

    def get_environment(self) -> dict[str, Any]:
        """The WSGI environment. A proxy on the same machine says which scheme its client uses."""
        environ: dict[str, Any] = super().get_environment()
        if environ["REMOTE_ADDR"] in _LOCAL and environ.get("HTTP_X_FORWARDED_PROTO") == "https":
            environ["wsgi.url_scheme"] = "https"
        return environ


class RefusedTask(_LoggedTask, ErrorTask):  # type: ignore[misc]
    """A request that does not reach the application."""

    def execute(self) -> None:
        """Send the problem document."""
        reason = self.request.refusal or ImageRepoError()
        response = self.channel.server.application.refused(reason, self.request.headers.get("ORIGIN"))
        self.status = response.status
        self.content_length = response.content_length
        self.response_headers.extend(response.headers.to_wsgi_list())
        self.set_close_on_finish()
        self.write(b"" if self.request.command == "HEAD" else b"".join(response.response))


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection.

    If a part of a request was not read, the connection does not close at once: the client could lose the response. It
    closes when the client has closed its side, or after a while.
    """

    will_close: bool
    total_outbufs_len: int
    last_activity: float
    close_when_flushed: bool
    request: Parser | None

    task_class = ServedTask
    error_task_class = RefusedTask
    _is_unread = _is_pipelined = False

    def __init__(self, server: Any, *arguments: Any, **options: Any) -> None:
        self.parser_class = self._parser
        self._closes_at: float | None = None
        super().__init__(server, *arguments, **options)

    def readable(self) -> bool:
        """Whether to read from the connection."""
        if self._closes_at is not None:
            self.will_close = self.will_close or time.monotonic() > self._closes_at
            return not self.will_close
        return bool(super().readable())

    def handle_read(self) -> None:
        """Read what has arrived. A client that ends its side within a body still gets a response."""
        try:
            data = self.socket.recv(self.adj.recv_bytes)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if self._closes_at is not None:
            if not data:
                self.handle_close()
        elif data:
            self.last_activity = time.time()
            self.received(data)
        elif self.request is not None and self.request.headers_finished:
            self._cut_short(self.request)
        else:
            self.handle_close()

    def received(self, data: bytes) -> bool:
        """Parse what has arrived. Empty lines before a request mean nothing."""
        return bool(super().received(data if self.request is not None else data.lstrip(b"\r\n")))

    def _parser(self, adj: Any) -> Parser:
        """A parser for what follows."""
        self._is_pipelined = bool(self.requests)
        return (Rest if self.requests else Parser)(adj, self.server.application.admit)

    def handle_write(self) -> None:
        """Send what is waiting, and close the connection if that was all."""
        if not (self.close_when_flushed and self._is_unread):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif self.connected and not self.total_outbufs_len:
            self.close_when_flushed = False
            self._closes_at = time.monotonic() + _LINGER
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)

    def service(self) -> None:
        """Answer one request."""
        request = self.requests[0]
        with self.requests_lock:  # so that all that has arrived is parsed
            self._is_unread = request.unread or self._is_pipelined
        if self._is_pipelined:
            request.headers["CONNECTION"] = "close"
        if not self.connected:
            _log(request, str(request.refusal.status if request.refusal else _CLIENT_CLOSED), 0)
        super().service()

    @property
    def is_busy(self) -> bool:
        """Whether a response is being made or sent."""
        return bool(self.requests or self.total_outbufs_len)

    @property
    def received_len(self) -> int:
        """The bytes that have arrived of a request that is not complete."""
        body = self.request.body_rcv if self.request is not None else None
        return 0 if body is None else len(body)

    def _cut_short(self, request: Parser) -> None:
        with self.requests_lock:
            request.cut_short()
            self.requests.append(request)
            self.request = None
            if len(self.requests) == 1:
                self.server.add_task(self)
