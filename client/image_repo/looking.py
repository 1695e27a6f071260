"""Which photos are to be sent? They are found, hashed, and asked after in bulk, well ahead of the sending."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.pool import AsyncResult, ThreadPool
from typing import Final, TypeVar

from image_repo.client import Client
from image_repo.errors import CannotRead, Interrupted, Problem
from image_repo.known import Known
from image_repo.outcome import Outcome, State
from image_repo.photos import Photo, Search, sha256_of

T = TypeVar("T")

_BATCH: Final = 250
"""Photos of one question, which may hold 500 hashes: a duplicate's own, and that of what it is a duplicate of."""
_LONGEST_WAIT: Final = 0.5
"""Seconds that a hash waits for others to be asked after with."""
_HASHING: Final = 2
"""Threads: a hash takes as long as reading the file does."""
_WINDOW: Final = 16
"""Photos that are being hashed, or wait for one before them."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """A photo and the SHA-256 of its file; empty when it has a problem."""

    photo: Photo
    sha256: str = ""

    def outcome(self, state: State, **more: object) -> Outcome:
        """What became of it."""
        return Outcome(state, self.photo.path, self.photo.album, self.sha256 or None, **more)  # type: ignore[arg-type]


class Looker:
    """Tells what is new from what the repository, or this run, has already."""

    def __init__(self, client: Client, known: Known) -> None:
        self._client = client
        self._known = known
        self._stop = client.link.stop
        self._can_ask = True
        self._seen: set[bytes] = set()

    def batches(self, search: Search, album: str | None) -> Iterator[list[Hashed]]:
        """The photos of a search, hashed, in lists that are worth a question; in that album instead of their own.

        Raises:
            Interrupted: the run is to end.
        """
        with ThreadPool(_HASHING) as pool:  # of daemons: a disk that hangs does not keep the process from ending
            yield from _batches(_ahead(pool, self._hash, self._photos(search, album)))

    def sift(self, batch: list[Hashed]) -> tuple[list[Outcome], list[Hashed]]:
        """What need not, or cannot, be sent, with the reason; and what is to be sent."""
        settled: list[Outcome] = []
        new: list[Hashed] = []
        for each in batch:
            if each.photo.problem:
                settled.append(each.outcome(State.FAILED, detail=each.photo.problem))
            elif self._is_copy(each):
                settled.append(each.outcome(State.COPY))
            else:
                new.append(each)
        present = self._present(new)
        settled += [
            each.outcome(State.PRESENT, image={"id": found}) for each in new if (found := present.get(each.sha256))
        ]
        return settled, [each for each in new if each.sha256 not in present]

    def _photos(self, search: Search, album: str | None) -> Iterator[Photo]:
        for photo in search.photos():
            if self._stop.requested:
                raise Interrupted("Interrupted while looking for photos.")
            yield photo if album is None else replace(photo, album=album or None)

    def _hash(self, photo: Photo) -> Hashed:
        if photo.problem:
            return Hashed(photo)
        try:
            return Hashed(photo, sha256_of(photo.path, self._stop.check))
        except CannotRead as error:
            return Hashed(replace(photo, problem=str(error)))

    def _is_copy(self, each: Hashed) -> bool:
        digest = bytes.fromhex(each.sha256)
        if digest in self._seen:
            return True
        self._seen.add(digest)
        return False

    def _present(self, batch: list[Hashed]) -> dict[str, str]:
        """The ids of those that the repository has, by hash: in this very file, or in one that it is a duplicate of."""
        if not (batch and self._can_ask):
            return {}
        stored = {each.sha256: self._known.stored(each.sha256) for each in batch}
        try:
            ids = self._client.known({*stored, *stored.values()})
        except Problem as problem:
            if not problem.is_missing_route:
                raise
            self._can_ask = False  # an older service; it will find duplicates by itself, once they are sent
            return {}
        found = ((own, ids.get(own) or ids.get(other)) for own, other in stored.items())
        return {own: image_id for own, image_id in found if image_id}


def _ahead(pool: ThreadPool, act: Callable[[Photo], T], photos: Iterator[Photo]) -> Iterator[T]:
    """The results of `act`, in order; at most `_WINDOW` are under way or wait to be taken."""
    under_way: list[AsyncResult[T]] = []
    for photo in photos:
        under_way.append(pool.apply_async(act, (photo,)))
        if len(under_way) >= _WINDOW:
            yield under_way.pop(0).get()
    for each in under_way:
        yield each.get()


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    """Lists of up to `_BATCH`, none of which has waited for long."""
    batch: list[T] = []
    began = time.monotonic()
    for item in items:
        if not batch:
            began = time.monotonic()
        batch.append(item)
        if len(batch) >= _BATCH or time.monotonic() - began > _LONGEST_WAIT:
            yield batch
            batch = []
    if batch:
        yield batch
