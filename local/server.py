"""The local server: waitress with the local application, in one process.

waitress calls the application with whole requests only. So a client that sends slowly, or not at all, holds no thread.
"""

import logging
import resource
import secrets
import signal
import socket
import sys
import time
from typing import Final

from waitress import wasyncore
from waitress.server import TcpWSGIServer, create_server

from functions.domain.limits import MAX_RESPONSE, MIB
from local.app import LocalApp
from local.backends import prepare
from local.connections import Channel, access
from local.crowding import Bounds, relieve
from local.delivery import Delivery
from local.lanes import Lanes
from local.protocol import MAX_HEAD
from local.supervisor import STOP

_GRACE: Final = 10.0
"""Seconds that requests in progress get to finish."""
_TICK: Final = 1.0
"""Seconds between two checks for connections that have been idle for too long."""
_SHORT_TICK: Final = 0.1
CONNECTIONS = 2_000
_SPARE: Final = 10
"""waitress counts its own two sockets as connections, and accepts several at once."""
_FEWEST: Final = 50
_FILES_PER_CONNECTION: Final = 3
"""A connection, and the files in which a large request and a large response wait."""
_OTHER_FILES: Final = 200
MOST_SENT = 512 * MIB
MOST_RECEIVED = 4_096 * MIB
"""40 files with tickets can arrive at the same time."""
_RECEIVED: Final = 128 * 1024
"""Bytes that are read at once. waitress' own 8 KiB make an upload half as fast."""


class Server:
    """The server with the functions, and the delivery of their events."""

    def __init__(self, host: str, port: int, *, banner: str) -> None:
        self._host, self._port = host, port
        self._banner = banner
        self._server: TcpWSGIServer | None = None
        self._stopping = self._was_told = False

    def run(self) -> None:
        """Serve until the supervisor's `STOP` arrives, and then until the requests in progress have their responses.

        Raises:
            SystemExit: a second `STOP` arrived, which ends these too.
        """
        for number in (STOP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        _configure_logs()
        token = secrets.token_urlsafe()
        server = self._server = self._listen(LocalApp(token))
        deliveries = [Delivery(each, (self._local_host, self._port), token) for each in prepare()]
        for each in deliveries:
            each.start()
        bounds = Bounds(server.adj.connection_limit - _SPARE, MOST_SENT, MOST_RECEIVED)
        print(self._banner, flush=True)
        while not self._stopping:
            _turn(server, _TICK)
            relieve(server.active_channels.values(), bounds)
        for each in deliveries:
            each.stop()
        _finish(server)

    def _stop(self, number: int, _: object) -> None:
        if number == STOP:
            if self._was_told:
                sys.exit(0)
            self._was_told = True
        self._stopping = True
        if self._server is not None:
            self._server.pull_trigger()  # ends the current turn

    def _listen(self, app: LocalApp) -> TcpWSGIServer:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self._host, self._port))
        server = create_server(
            app,
            sockets=[listener],
            _dispatcher=Lanes(),
            connection_limit=_connection_limit(),
            recv_bytes=_RECEIVED,
            outbuf_high_watermark=2 * MAX_RESPONSE,  # no response waits for its client in a thread
            max_request_header_size=MAX_HEAD,
            log_socket_errors=False,
            clear_untrusted_proxy_headers=False,
            ident="image-repo",
            server_name=self._local_host,
        )
        server.channel_class = Channel
        return server

    @property
    def _local_host(self) -> str:
        return "127.0.0.1" if self._host == "0.0.0.0" else self._host  # noqa: S104 - only compared


def _turn(server: TcpWSGIServer, seconds: float) -> None:
    """Wait for something to happen on a connection, and handle it."""
    wasyncore.loop(timeout=seconds, use_poll=True, map=server._map, count=1)  # noqa: SLF001 - as waitress' own loop


def _finish(server: TcpWSGIServer) -> None:
    """Accept no more requests, and give those in progress their time. A request that is not whole is dropped."""
    server.accepting = False
    server.del_channel()
    server.socket.close()
    ends_at = time.monotonic() + _GRACE
    if busy := _close_idle(server):
        print(f"Waiting for {_requests(busy)}. Press Ctrl-C again to stop at once.", flush=True)
    lanes: Lanes = server.task_dispatcher
    try:
        while _close_idle(server) and time.monotonic() < ends_at:
            _turn(server, _SHORT_TICK)
        lanes.stop(max(_SHORT_TICK, ends_at - time.monotonic()))
    finally:
        unsent = sum(not each.requests for each in server.active_channels.values())
        if cut := lanes.unfinished() + unsent:
            print(f"{_requests(cut)} got no complete response.", flush=True)


def _requests(count: int) -> str:
    return f"{count} request" if count == 1 else f"{count} requests"


def _close_idle(server: TcpWSGIServer) -> int:
    """Close the connections without a request in progress, and count the others."""
    for each in list(server.active_channels.values()):
        if not each.is_busy:
            each.handle_close()
    return len(server.active_channels)


def _connection_limit() -> int:
    """The number of connections for which this process can open files. Raises its limit as far as it is allowed to."""
    wanted = CONNECTIONS * _FILES_PER_CONNECTION + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(min(CONNECTIONS, (soft - _OTHER_FILES) // _FILES_PER_CONNECTION), _FEWEST)


def _configure_logs() -> None:
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("functions").addHandler(logging.NullHandler())  # plain lines, not JSON for Cloud Logging
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # requests that wait for a thread are no fault
    access.addHandler(logging.StreamHandler(sys.stdout))
    access.setLevel(logging.INFO)
    access.propagate = False
