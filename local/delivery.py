"""Delivering object events to the event functions, as Eventarc does: over HTTP, at least once, with back-off."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from threading import Event as Flag
from threading import Thread

from functions.adapters.outbox import Event, Outbox
from functions.domain.errors import Unavailable
from functions.routes import FUNCTIONS, Function

log = logging.getLogger(__name__)

_POLL = 0.5
"""Seconds between looks for events that another process wrote."""
_BATCH = 16
_TIMEOUT = 300
"""Seconds for one delivery: as long as an event function may run."""
_FIRST_DELAY = timedelta(seconds=1)
_LONGEST_DELAY = timedelta(minutes=10)
_GIVE_UP = timedelta(hours=24)
_OK = range(200, 300)


def back_off(attempts: int) -> timedelta:
    """How long to wait after that many failed attempts: 1 s, doubled each time, 10 minutes at most."""
    return min(_FIRST_DELAY * 2 ** min(attempts, 20), _LONGEST_DELAY)


class Delivery:
    """A thread that takes events out of a bucket's outbox and posts each to the function that is for it."""

    def __init__(self, outbox: Outbox, address: tuple[str, int], token: str, *, workers: int = 2) -> None:
        self._outbox = outbox
        self._address = address
        self._token = token
        self._workers = workers
        self._stop = Flag()
        self._thread = Thread(target=self._run, name="event delivery", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier run left undelivered."""
        self._thread.start()

    def stop(self) -> None:
        """End after the deliveries under way; the rest stays in the outbox."""
        self._stop.set()

    def _run(self) -> None:
        with ThreadPoolExecutor(self._workers, "event") as pool:
            while not self._stop.is_set():
                try:
                    busy = self._deliver_due(pool)
                except Unavailable as error:
                    log.warning("events have to wait: %s", error.detail)
                    busy = False
                if not busy:
                    self._outbox.wait(_POLL)

    def _deliver_due(self, pool: ThreadPoolExecutor) -> bool:
        due = self._outbox.due(datetime.now(UTC), _BATCH)
        list(pool.map(self._deliver, due))
        return bool(due)

    def _deliver(self, event: Event) -> None:
        function = _function_for(event)
        if function is None or self._post(event, function):
            self._outbox.done(event.seq)
        elif datetime.now(UTC) - event.occurred_at > _GIVE_UP:
            log.error("gave up on %s of %s after a day", event.type, event.object["name"])
            self._outbox.done(event.seq)
        else:
            self._outbox.retry(event.seq, datetime.now(UTC) + back_off(event.attempts))

    def _post(self, event: Event, function: Function) -> bool:
        connection = HTTPConnection(*self._address, timeout=_TIMEOUT)
        try:
            headers = {**cloud_event_headers(event), "Authorization": f"Bearer {self._token}"}
            connection.request("POST", f"/{function.name}", json.dumps(event.object), headers)
            return connection.getresponse().status in _OK
        except (OSError, HTTPException):
            return False  # it stays in the outbox, and comes again
        finally:
            connection.close()


def cloud_event_headers(event: Event) -> dict[str, str]:
    """The headers of the event in the binary mode of CloudEvents 1.0, as Cloud Storage sends them."""
    return {
        "Content-Type": "application/json",
        "ce-id": str(event.seq),
        "ce-specversion": "1.0",
        "ce-type": event.type,
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{event.object['bucket']}",
        "ce-subject": f"objects/{event.object['name']}",
        "ce-time": event.occurred_at.isoformat(),
    }


def _function_for(event: Event) -> Function | None:
    wanted = (event.type, event.object["bucket"])
    return next(
        (each for each in FUNCTIONS if each.trigger and (each.trigger.event_type, each.trigger.bucket) == wanted), None
    )
