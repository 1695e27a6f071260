"""A client of an SDK that is built when first needed and shared by every thread of the process."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Client = TypeVar("Client")


class Shared(Generic[Client]):
    """What `build` makes, at the first call and after each `close` or `renew`.

    Nothing is built before the first call, so that a process may fork until then: connections, and the threads that
    gRPC keeps, do not survive a fork.

    Args:
        close: closes a client's connections, for an SDK whose connections do not end with the last reference to it.
    """

    def __init__(self, build: Callable[[], Client], close: Callable[[Client], object] | None = None) -> None:
        self._build = build
        self._close = close
        self._lock = Lock()
        self._client: Client | None = None

    def __call__(self) -> Client:
        """The client. Whatever `build` raises is raised, and the next call tries again."""
        client = self._client
        if client is None:
            with self._lock:
                client = self._client
                if client is None:
                    client = self._client = self._build()
        return client

    def renew(self, stale: Client) -> None:
        """Let the next call build another client in the place of `stale`.

        It is not closed: another thread may be in the middle of a call. Its connections go with its last user.
        """
        with self._lock:
            if self._client is stale:
                self._client = None

    def close(self) -> None:
        """Let go of the client, if there is one."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None and self._close is not None:
            self._close(client)
