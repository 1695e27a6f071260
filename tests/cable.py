"""A TCP proxy to a server, whose connections a test can cut, hold and restore, and whose answers it can lose."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread


class Cable:
    """A proxy for the server at `host:port`, with its own address in `host`."""

    def __init__(self, host: str) -> None:
        name, _, port = host.partition(":")
        self._server = (name, int(port))
        self._flows = Event()
        self._loses: Callable[[], object] | None = None
        self.lost = Event()
        """An answer was lost, so the server has done what was requested."""
        self.hung_up = Event()
        """The client has closed a connection."""
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.restore()

    def cut(self) -> None:
        """Reset every connection, and refuse new ones."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._drop()

    def hold(self) -> None:
        """Keep every connection and accept new ones, but pass no bytes on, so that the server seems not to answer."""
        self._flows.clear()

    def swallow(self) -> None:
        """Pass requests on, but no answers, so that the client waits."""
        self._loses = Event().is_set

    def break_off(self) -> None:
        """Pass requests on, and reset every connection when an answer arrives."""
        self._loses = self._drop

    def restore(self) -> None:
        """Accept connections and pass bytes on again."""
        self._loses = None
        self._flows.set()
        if self._listener.fileno() == -1:
            self._listener = socket.create_server(("127.0.0.1", int(self.host.partition(":")[2])))
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _drop(self) -> None:
        while self._ends:
            end = self._ends.pop()
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._server)
                self._ends += [near, far]
                Thread(target=self._requests, args=(near, far), daemon=True).start()
                Thread(target=self._pump, args=(far, near), kwargs={"answers": True}, daemon=True).start()

    def _requests(self, near: socket.socket, far: socket.socket) -> None:
        self._pump(near, far)
        self.hung_up.set()

    def _pump(self, source: socket.socket, sink: socket.socket, *, answers: bool = False) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if answers and self._loses:
                    self._loses()
                    self.lost.set()
                    continue
                self._flows.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def cable(host: str) -> Iterator[Cable]:
    """A cable that passes everything on, until the test changes that."""
    each = Cable(host)
    try:
        yield each
    finally:
        each.hold()
        each.cut()
        each._flows.set()
