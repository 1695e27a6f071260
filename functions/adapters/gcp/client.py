"""A client of an SDK that is built when first needed and shared by every thread of the process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Client = TypeVar("Client")


@dataclass(slots=True)
class _Lent(Generic[Client]):
    client: Client
    users: int = 0


class SharedClient(Generic[Client]):
    """What `build` makes, when it is first used and when it is used again after `close`.

    Nothing is built before, so that a process may fork until then: connections, and the threads that gRPC keeps, do not
    survive a fork.

    Args:
        dispose: closes the client's connections.
    """

    def __init__(self, build: Callable[[], Client], dispose: Callable[[Client], object]) -> None:
        self._build = build
        self._dispose = dispose
        self._lock = Lock()
        self._current: _Lent[Client] | None = None

    @contextmanager
    def use(self) -> Iterator[Client]:
        """The client. Whatever `build` raises is raised, and the next call tries again."""
        with self._lock:
            if self._current is None:
                self._current = _Lent(self._build())
            lent = self._current
            lent.users += 1
        try:
            yield lent.client
        finally:
            with self._lock:
                lent.users -= 1
                abandoned = lent.users == 0 and lent is not self._current
            if abandoned:
                self._dispose(lent.client)

    def close(self) -> None:
        """Let go of the client, if there is one: its last user closes it."""
        with self._lock:
            lent, self._current = self._current, None
        if lent is not None and lent.users == 0:
            self._dispose(lent.client)
