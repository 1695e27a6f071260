"""A whole service behind a real port, in this process, with faults that a test asks for."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from werkzeug.serving import make_server

from functions.adapters.embedded.outbox import Event as StorageEvent
from tests.harness import Service, local_app

Environ = dict[str, Any]
Answer = tuple[str, dict[str, str], bytes]

LAPTOP, ELSEWHERE = "127.0.0.1", "127.0.0.2"
"""The address of this machine as a laptop's, and one that a run takes for a service elsewhere."""


class OwnBuckets:
    """The part of a place whose buckets are those of `service`, which is in this process."""

    service: Service

    def drop(self, name: str, file: Path) -> None:
        """Leave the file in the dropbox."""
        self.service.drop(name, file.read_bytes(), "image/png")

    def delete(self, bucket: str, name: str) -> None:
        """Delete the object."""
        found = getattr(self.service, bucket)
        found.delete(name, if_generation=found.stat(name).generation)

    def objects(self, bucket: str, prefix: str) -> Sequence[str] | None:
        """The names that begin so."""
        return [each.name for each in getattr(self.service, bucket).list(prefix)]


def nothing_is_left(service: Service) -> bool:
    """Whether the service is empty."""
    buckets = (service.originals, service.renditions, service.dropbox)
    return not service.entries() and not any(each.list() for each in buckets)


@dataclass
class Faults:
    """What goes wrong.

    Attributes:
        lost: the types of storage events that are not delivered, by their last word.
        answers: gives the answer to a request in place of the service; None lets it through.
        holds: which storage events are not delivered yet.
        stops: after which request the server no longer listens.
        hides_cors: of which requests the answers lack the header that allows pages of other sites.
    """

    lost: set[str] = field(default_factory=set)
    answers: Callable[[Environ], Answer | None] = lambda _: None
    holds: Callable[[StorageEvent], bool] = lambda _: False
    stops: Callable[[Environ], bool] = lambda _: False
    hides_cors: Callable[[Environ], bool] = lambda _: False


@contextmanager
def serving(service: Service, faults: Faults, host: str = LAPTOP) -> Iterator[str]:
    """The address of the service. Its events are delivered soon after they occur."""
    over = Event()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    server = make_server(host, 0, _faulty(faults, stop), threaded=True)
    threads = [
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}),
        Thread(target=_deliver, args=(service, faults, over)),
    ]
    for each in threads:
        each.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        over.set()
        stop()
        for each in threads:
            each.join()


def _deliver(service: Service, faults: Faults, over: Event) -> None:
    while not over.wait(0.01):
        for event in service.pending_events():
            if faults.holds(event):
                continue
            if _kind(event) not in faults.lost:
                assert service.post(event).status_code == 200
            service.done(event)


def _kind(event: StorageEvent) -> str:
    return event.type.rpartition(".")[2]


def _faulty(faults: Faults, stop: Callable[[], None]) -> Callable[..., Iterable[bytes]]:
    app = local_app()

    def serve(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if faults.stops(environ):
            stop()
        answer = faults.answers(environ)
        if answer is not None:
            size = int(environ.get("CONTENT_LENGTH") or 0)
            environ["wsgi.input"].read(size)
            status, headers, body = answer
            start_response(status, [*headers.items(), ("Content-Length", str(len(body)))])
            return io.BytesIO(body)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if faults.hides_cors(environ):
                headers = [each for each in headers if each[0] != "Access-Control-Allow-Origin"]
            return start_response(status, headers, *rest)

        return app(environ, start)

    return serve
