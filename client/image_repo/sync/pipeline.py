"""Uploading folders: scanning, hashing and sending run at the same time, over several connections.

Each stage runs ahead of the next one by the length of its queue and then waits, so that memory does not depend on the
number of photos.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Any, Final

from image_repo.client import Client
from image_repo.errors import APIError, Cancelled, FileReadError, ImageRepoError, ServiceUnavailable
from image_repo.files import sha256_of
from image_repo.sync.cache import DuplicateCache
from image_repo.sync.dedup import Deduplicator, HashedPhoto
from image_repo.sync.options import Options
from image_repo.sync.results import Outcome, State
from image_repo.sync.scan import Scan
from image_repo.transfer import Transfer

_AHEAD: Final = 1_000
"""New photos that wait to be sent, and outcomes that wait to be reported."""
_TICK: Final = 0.1
"""Seconds between two checks whether the run was cancelled."""
_LAST_OUTCOMES: Final = 1.0
"""Seconds after the grace period in which interrupted transfers report their outcomes."""


class Pipeline:
    """One upload of files and folders.

    Attributes:
        error: what ended the run early; None if nothing did. It is final when the outcomes have ended.
    """

    def __init__(self, client: Client, scan: Scan, options: Options, cache: DuplicateCache) -> None:
        self.error: ImageRepoError | None = None
        self._transport = client.transport
        self._cancellation = client.transport.cancellation
        self._scan = scan
        self._options = options
        self._cache = cache
        self._deduplicator = Deduplicator(client, cache, options)
        self._ready: Queue[HashedPhoto | None] = Queue(_AHEAD)
        self._senders = options.jobs
        self._lock = threading.Lock()
        self._outcomes: Queue[Outcome | None] = Queue(_AHEAD)

    def outcomes(self) -> Iterator[Outcome]:
        """The outcome of each photo as soon as it is known; after a cancellation, of those that were started.

        The threads are daemons, so that a connection that hangs does not keep the process from ending.
        """
        stages = [self._find_new, *[self._send_all] * self._options.jobs]
        for each in stages:
            threading.Thread(target=self._run, args=(each,), daemon=True).start()
        running = len(stages)
        while running:
            try:
                outcome = self._outcomes.get(timeout=_TICK)
            except Empty:
                if self._cancellation.expired(_LAST_OUTCOMES):
                    return
                continue
            if outcome is None:
                running -= 1
            else:
                yield outcome

    def _run(self, stage: Callable[[], None]) -> None:
        """Run a stage to its end; an error that concerns all photos ends the whole run."""
        try:
            stage()
        except Cancelled:
            pass
        except ImageRepoError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - otherwise its photo would be missing from the outcomes
            self._fail(ImageRepoError(f"This is a bug in image-repo. Please report it: {error!r}"))
        finally:
            self._outcomes.put(None)

    def _fail(self, error: ImageRepoError) -> None:
        self.error = self.error or error
        self._cancellation.request()

    def _find_new(self) -> None:
        """Find the photos that are to be sent, and queue them."""
        for batch in self._deduplicator.batches(self._scan):
            settled, new = self._deduplicator.split(batch)
            for outcome in settled:
                self._outcomes.put(outcome)
            for each in new:
                if self._options.dry_run:
                    self._outcomes.put(each.outcome(State.NEW))
                else:
                    self._enqueue(each)
        for _ in range(self._options.jobs):
            self._enqueue(None)

    def _enqueue(self, each: HashedPhoto | None) -> None:
        while not self._cancellation.requested:
            try:
                return self._ready.put(each, timeout=_TICK)
            except Full:
                continue
        raise Cancelled("Interrupted before sending.")

    def _send_all(self) -> None:
        """Send queued photos until none is left, or the run is cancelled."""
        while not self._cancellation.requested:
            try:
                each = self._ready.get(timeout=_TICK)
            except Empty:
                continue
            if each is None:
                self._end_sending()
                return
            self._outcomes.put(self._send(each))

    def _end_sending(self) -> None:
        """Send the fields of copies, when the last sender has stored the last photo."""
        with self._lock:
            self._senders -= 1
            if self._senders:
                return
        for outcome in self._deduplicator.copies():
            self._outcomes.put(outcome)

    def _send(self, each: HashedPhoto) -> Outcome:
        transfer = Transfer(self._transport, each.photo.path, each.fields, each.sha256)
        try:
            result = transfer.run()
        except ImageRepoError as error:
            if isinstance(error, ServiceUnavailable) or (isinstance(error, APIError) and error.is_key_rejected):
                self._fail(error)
            code = error.code if isinstance(error, APIError) else ""
            return each.outcome(_failure(error), bytes_sent=transfer.bytes_sent, code=code, detail=str(error))
        state = State.PRESENT if result.duplicate else State.STORED
        done: dict[str, Any] = {"bytes_sent": transfer.bytes_sent, "filled": result.filled, "kept": result.kept}
        if result.image is None:
            return each.outcome(state, **done)
        if result.duplicate:
            self._remember(each, result.image.sha256)
        return each.outcome(state, **done, image_id=result.image.id, url=result.image.url)

    def _remember(self, each: HashedPhoto, stored: str) -> None:
        """Keep the hash under which a duplicate is stored, unless the file changed between its hash and its upload."""
        if stored != each.sha256:
            with suppress(FileReadError, Cancelled):
                if sha256_of(each.photo.path, self._cancellation.check) == each.sha256:
                    self._cache.remember(each.sha256, stored)


def _failure(error: ImageRepoError) -> State:
    if isinstance(error, Cancelled):
        return State.INTERRUPTED
    return State.REFUSED if isinstance(error, APIError) and error.is_rejection else State.FAILED
