"""A client of an SDK that is built on first use and shared by all threads of the process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Client = TypeVar("Client")


@dataclass(slots=True)
class _Counted(Generic[Client]):
    client: Client
    users: int = 0


class SharedClient(Generic[Client]):
    """A client that `build` makes on first use, and again on the first use after `close`.

    Nothing is built earlier, so the process can fork until then. Connections, and the threads of gRPC, do not survive a
    fork.

    Args:
        build: makes a client.
        dispose: closes the connections of a client.
    """

    def __init__(self, build: Callable[[], Client], dispose: Callable[[Client], object]) -> None:
        self._build = build
        self._dispose = dispose
        self._lock = Lock()
        self._current: _Counted[Client] | None = None

    @contextmanager
    def use(self) -> Iterator[Client]:
        """The client. If `build` raises an error, so does this, and the next call tries again."""
        with self._lock:
            if self._current is None:
                self._current = _Counted(self._build())
            counted = self._current
            counted.users += 1
        try:
            yield counted.client
        finally:
            with self._lock:
                counted.users -= 1
                closed = counted.users == 0 and counted is not self._current
            if closed:
                self._dispose(counted.client)

    def close(self) -> None:
        """Close the client, if there is one, as soon as nothing uses it."""
        with self._lock:
            counted, self._current = self._current, None
        if counted is not None and counted.users == 0:
            self._dispose(counted.client)
