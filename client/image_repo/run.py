"""Uploading folders: photos are looked at and sent at the same time, over several connections.

Each stage runs ahead of the next by as much as its queue holds, and waits then, so that memory does not depend on how
many photos there are.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Final

from image_repo.captions import MAX_TAGS, words_of
from image_repo.client import Client
from image_repo.errors import CannotRead, ImageRepoError, Interrupted, Lost, Problem
from image_repo.known import Known
from image_repo.looking import Hashed, Looker
from image_repo.outcome import Outcome, State
from image_repo.photos import Photo, Search, sha256_of
from image_repo.transfer import Transfer

_AHEAD: Final = 1_000
"""Photos that are known to be new and wait to be sent."""
_TICK: Final = 0.1
"""Seconds between looks whether the run is to end."""
_LAST_WORDS: Final = 1.0
"""Seconds, after the grace, for what was let go to say so."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to upload.

    Attributes:
        album: of all photos, instead of their folders' names; "" is none.
        keywords: take the photos' own keywords as tags, too.
        jobs: connections.
        dry: send nothing.
    """

    album: str | None = None
    tags: tuple[str, ...] = ()
    keywords: bool = False
    jobs: int = 4
    dry: bool = False


class Run:
    """One upload of files and folders.

    Attributes:
        error: why going on made no sense, once the outcomes have ended.
    """

    def __init__(self, client: Client, search: Search, options: Options, known: Known) -> None:
        self.error: ImageRepoError | None = None
        self._link = client.link
        self._search = search
        self._options = options
        self._known = known
        self._looker = Looker(client, known)
        self._ready: Queue[Hashed | None] = Queue(_AHEAD)
        self._outcomes: Queue[Outcome | None] = Queue(_AHEAD)

    def outcomes(self) -> Iterator[Outcome]:
        """What becomes of each photo, as it is known; all that began when the run is stopped, or fails.

        The threads are daemons: a connection that hangs does not keep the process from ending.
        """
        work = [self._look, *[self._send] * self._options.jobs]
        for each in work:
            threading.Thread(target=self._guarded, args=(each,), daemon=True).start()
        running = len(work)
        while running:
            try:
                outcome = self._outcomes.get(timeout=_TICK)
            except Empty:
                if self._link.stop.over(_LAST_WORDS):
                    return
                continue
            if outcome is None:
                running -= 1
            else:
                yield outcome

    def _guarded(self, work: Callable[[], None]) -> None:
        """Run a thread to its end; what makes going on senseless ends the run."""
        try:
            work()
        except Interrupted:
            pass
        except ImageRepoError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - a photo must not vanish with the thread that had it
            self._fail(ImageRepoError(f"This program has a fault, please report it: {error!r}"))
        finally:
            self._outcomes.put(None)

    def _fail(self, error: ImageRepoError) -> None:
        self.error = self.error or error
        self._link.stop.request()

    def _look(self) -> None:
        """Find out which photos are to be sent, and hand them on."""
        for batch in self._looker.batches(self._search, self._options.album):
            settled, new = self._looker.sift(batch)
            for outcome in settled:
                self._outcomes.put(outcome)
            for each in new:
                if self._options.dry:
                    self._outcomes.put(each.outcome(State.NEW))
                else:
                    self._hand_on(each)
        for _ in range(self._options.jobs):
            self._hand_on(None)

    def _hand_on(self, each: Hashed | None) -> None:
        while not self._link.stop.requested:
            try:
                return self._ready.put(each, timeout=_TICK)
            except Full:
                continue
        raise Interrupted("Interrupted before sending.")

    def _send(self) -> None:
        """Send what is ready, until nothing is left or the run is to end."""
        while not self._link.stop.requested:
            try:
                each = self._ready.get(timeout=_TICK)
            except Empty:
                continue
            if each is None:
                return
            self._outcomes.put(self._sent(each))

    def _sent(self, each: Hashed) -> Outcome:
        transfer = Transfer(self._link, each.photo.path, self._fields(each.photo), each.sha256)
        try:
            sent = transfer.run()
        except ImageRepoError as error:
            if isinstance(error, Lost) or (isinstance(error, Problem) and error.is_about_the_key):
                self._fail(error)
            code = error.code if isinstance(error, Problem) else ""
            return each.outcome(_state_after(error), sent=transfer.bytes, code=code, detail=str(error))
        if sent.duplicate and "sha256" in sent.image:
            self._remember(each, sent.image["sha256"])
        state = State.PRESENT if sent.duplicate else State.STORED
        return each.outcome(state, sent=transfer.bytes, image=sent.image)

    def _remember(self, each: Hashed, stored: str) -> None:
        """Under which hash it is stored; not of a file that changed before it was sent, for that was another one."""
        if stored != each.sha256:
            with suppress(CannotRead, Interrupted):
                if sha256_of(each.photo.path, self._link.stop.check) == each.sha256:
                    self._known.remember(each.sha256, stored)

    def _fields(self, photo: Photo) -> dict[str, str]:
        words = words_of(photo.path)
        keywords = words.keywords if self._options.keywords else ()
        tags = list(dict.fromkeys((*self._options.tags, *keywords)))[:MAX_TAGS]
        fields = {"caption": words.caption, "tags": ",".join(tags), "album": photo.album}
        return {name: value for name, value in fields.items() if value}


def _state_after(error: ImageRepoError) -> State:
    if isinstance(error, Interrupted):
        return State.INTERRUPTED
    return State.REFUSED if isinstance(error, Problem) and error.is_refusal else State.FAILED
