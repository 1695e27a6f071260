"""Deliver object events to the event functions as Eventarc does: over HTTP, at least once, with back-off."""

import json
import logging
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from threading import Event as Flag
from threading import Thread
from urllib.parse import quote
from zlib import crc32

from functions.adapters.embedded.outbox import Event, Outbox
from functions.domain.errors import Unavailable
from functions.routes import Function, function_for

log = logging.getLogger(__name__)

_POLL = 0.5
"""Seconds between two checks for events that another process wrote."""
_LONGEST_PAUSE = 60.0
"""Seconds between two attempts to use an outbox that cannot be used, for example because the disk is full."""
_BATCH = 16
_TIMEOUT = 300
"""The time limit of one delivery, in seconds. It is the time limit of an event function."""
_FIRST_DELAY = timedelta(seconds=1)
_LONGEST_DELAY = timedelta(minutes=10)
_GIVE_UP = timedelta(hours=24)
WORKERS = 2
"""Threads for each outbox."""
_OK = range(200, 300)


def back_off(attempts: int) -> timedelta:
    """The pause after so many failed attempts: 1 s, doubled each time, at most 10 minutes."""
    return min(_FIRST_DELAY * (1 << min(attempts, 20)), _LONGEST_DELAY)


class Delivery:
    """Threads that take events from a bucket's outbox, and post each event to its function.

    One thread delivers all events of one object, so they keep their order unless one must be repeated. The threads are
    daemons: if the process ends during a delivery, the next process repeats it.
    """

    def __init__(self, outbox: Outbox, address: tuple[str, int], token: str, *, workers: int = WORKERS) -> None:
        self._outbox = outbox
        self._address = address
        self._token = token
        self._stop = Flag()
        self._threads = [
            Thread(target=self._run, args=(each, workers), name=f"delivery {each}", daemon=True)
            for each in range(workers)
        ]

    def start(self) -> None:
        """Start the delivery. It begins with the undelivered events of an earlier run."""
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """Begin no more deliveries. Undelivered events stay in the outbox."""
        self._stop.set()

    def _run(self, worker: int, workers: int) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                mine = [each for each in self._due() if crc32(str(each.object["name"]).encode()) % workers == worker]
                for each in mine:
                    self._deliver(each)
                failures = 0
            except Unavailable as error:
                log.warning("events cannot be delivered now: %s", error.detail)
                mine = []
                failures += 1
            if not mine:
                pause = min(back_off(failures - 1).total_seconds(), _LONGEST_PAUSE) if failures else _POLL
                self._outbox.wait(pause)

    def _due(self) -> list[Event]:
        return [] if self._stop.is_set() else self._outbox.due(datetime.now(UTC), _BATCH)

    def _deliver(self, event: Event) -> None:
        function = function_for(event.type, str(event.object["bucket"]))
        if function is None or self._was_delivered(event, function):
            self._outbox.done(event.seq)
        elif datetime.now(UTC) - event.occurred_at > _GIVE_UP:
            log.error("%s of %r was not delivered within a day and is dropped", event.type, event.object["name"])
            self._outbox.done(event.seq)
        else:
            self._outbox.retry(event.seq, datetime.now(UTC) + back_off(event.attempts))

    def _was_delivered(self, event: Event, function: Function) -> bool:
        try:
            return self._post(event, function)
        except Exception:
            log.exception("%s of %r cannot be delivered", event.type, event.object["name"])
            return False  # an error in one event must not stop the others

    def _post(self, event: Event, function: Function) -> bool:
        connection = HTTPConnection(*self._address, timeout=_TIMEOUT)
        try:
            headers = {**cloud_event_headers(event), "Authorization": f"Bearer {self._token}"}
            connection.request("POST", f"/{function.name}", json.dumps(event.object), headers)
            return connection.getresponse().status in _OK
        except (OSError, HTTPException):
            return False  # the event stays in the outbox and is delivered again
        finally:
            connection.close()


def cloud_event_headers(event: Event) -> dict[str, str]:
    """The headers of an event in the binary mode of CloudEvents 1.0, which requires percent-encoded names."""
    return {
        "Content-Type": "application/json",
        "ce-id": str(event.seq),
        "ce-specversion": "1.0",
        "ce-type": event.type,
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{event.object['bucket']}",
        "ce-subject": f"objects/{quote(str(event.object['name']))}",
        "ce-time": event.occurred_at.isoformat(),
    }
