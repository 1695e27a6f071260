"""Which photos need to be sent: they are found and hashed ahead of the uploads, and looked up in batches."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from image_repo.client import Client
from image_repo.errors import APIError, Cancelled, FileReadError
from image_repo.files import sha256_of
from image_repo.sync.cache import DuplicateCache
from image_repo.sync.results import Outcome, State
from image_repo.sync.scan import Photo, Scan
from image_repo.sync.workers import DaemonPool

T = TypeVar("T")

_BATCH: Final = 250
"""Photos in one request of up to 500 hashes: the photo's own, and that of the image it duplicates."""
_LONGEST_WAIT: Final = 0.5
"""Seconds that a hash waits for others before it is looked up."""
_HASH_THREADS: Final = 2
"""To hash a file takes about as long as to read it, so that more threads would not help."""
_AHEAD: Final = 16
"""Photos that are hashed before they are needed."""


@dataclass(frozen=True, slots=True)
class HashedPhoto:
    """A photo and the SHA-256 of its file, in hexadecimal; empty if the photo has a problem."""

    photo: Photo
    sha256: str = ""

    def outcome(self, state: State, **details: object) -> Outcome:
        """The outcome of this photo."""
        return Outcome(state, self.photo.path, self.photo.album, self.sha256 or None, **details)  # type: ignore[arg-type]


class Deduplicator:
    """Separates new photos from those that the repository, or this run, already has."""

    def __init__(self, client: Client, cache: DuplicateCache) -> None:
        self._client = client
        self._cache = cache
        self._cancellation = client.transport.cancellation
        self._can_check = True
        self._seen: set[bytes] = set()

    def batches(self, scan: Scan, album: str | None) -> Iterator[list[HashedPhoto]]:
        """The photos of a scan, hashed, in batches; an `album` replaces their own albums, "" removes them.

        Raises:
            Cancelled: the caller asked to stop.
        """
        with DaemonPool(_HASH_THREADS) as pool:
            yield from _batches(pool.map(self._hash, self._photos(scan, album), ahead=_AHEAD))

    def split(self, batch: list[HashedPhoto]) -> tuple[list[Outcome], list[HashedPhoto]]:
        """The outcomes of those that need not, or cannot, be sent; and those that are to be sent."""
        settled: list[Outcome] = []
        unique: list[HashedPhoto] = []
        for each in batch:
            if each.photo.problem:
                settled.append(each.outcome(State.FAILED, detail=each.photo.problem))
            elif self._is_copy(each):
                settled.append(each.outcome(State.COPY))
            else:
                unique.append(each)
        present = self._look_up(unique)
        settled += [
            each.outcome(State.PRESENT, image_id=image_id)
            for each in unique
            if (image_id := present.get(each.sha256)) is not None
        ]
        return settled, [each for each in unique if each.sha256 not in present]

    def _photos(self, scan: Scan, album: str | None) -> Iterator[Photo]:
        for photo in scan.photos():
            if self._cancellation.requested:
                raise Cancelled("Interrupted while scanning folders.")
            yield photo if album is None else replace(photo, album=album or None)

    def _hash(self, photo: Photo) -> HashedPhoto:
        if photo.problem:
            return HashedPhoto(photo)
        try:
            return HashedPhoto(photo, sha256_of(photo.path, self._cancellation.check))
        except FileReadError as error:
            return HashedPhoto(replace(photo, problem=str(error)))

    def _is_copy(self, each: HashedPhoto) -> bool:
        digest = bytes.fromhex(each.sha256)
        if digest in self._seen:
            return True
        self._seen.add(digest)
        return False

    def _look_up(self, batch: list[HashedPhoto]) -> dict[str, str]:
        """The image ids of those that the repository has, by hash: the same file, or the image that it duplicates."""
        if not (batch and self._can_check):
            return {}
        stored = {each.sha256: self._cache.stored(each.sha256) for each in batch}
        try:
            ids = self._client.check({*stored, *stored.values()})
        except APIError as error:
            if not error.is_route_missing:
                raise
            self._can_check = False  # an older service; it recognizes duplicates after they were sent
            return {}
        found = ((own, ids.get(own) or ids.get(other)) for own, other in stored.items())
        return {own: image_id for own, image_id in found if image_id}


def _batches(items: Iterable[T], clock: Callable[[], float] = time.monotonic) -> Iterator[list[T]]:
    """Lists of up to `_BATCH` items, none of which waits for long."""
    batch: list[T] = []
    began = clock()
    for item in items:
        if not batch:
            began = clock()
        batch.append(item)
        if len(batch) >= _BATCH or clock() - began > _LONGEST_WAIT:
            yield batch
            batch = []
    if batch:
        yield batch
