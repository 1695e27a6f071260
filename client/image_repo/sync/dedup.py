"""Which photos need to be sent: they are found and hashed ahead of the uploads, and looked up in batches.

The form fields of those that the repository has are sent with the lookup, because they can have changed.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from image_repo.client import Client
from image_repo.errors import Cancelled, FileReadError
from image_repo.files import sha256_of
from image_repo.sync.cache import DuplicateCache
from image_repo.sync.lookup import Found, Lookup
from image_repo.sync.options import Options
from image_repo.sync.results import Outcome, State
from image_repo.sync.scan import Photo, Scan
from image_repo.sync.workers import DaemonPool

T = TypeVar("T")

_BATCH: Final = 250
"""Photos in one request of up to 500 files: the photo's own, and that of the image it duplicates."""
_LONGEST_WAIT: Final = 0.5
"""Seconds that a hash waits for others before it is looked up."""
_HASH_THREADS: Final = 2
"""To hash a file takes about as long as to read it, so that more threads would not help."""
_AHEAD: Final = 16
"""Photos that are hashed before they are needed."""


@dataclass(frozen=True, slots=True)
class HashedPhoto:
    """A photo, its form fields, and the SHA-256 of its file, in hexadecimal; empty if the photo has a problem."""

    photo: Photo
    sha256: str = ""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])

    def outcome(self, state: State, **details: object) -> Outcome:
        """The outcome of this photo."""
        return Outcome(state, self.photo.path, self.photo.album, self.sha256 or None, **details)  # type: ignore[arg-type]


class Deduplicator:
    """Separates new photos from those that the repository, or this run, already has."""

    def __init__(self, client: Client, cache: DuplicateCache, options: Options) -> None:
        self._lookup = Lookup(client, cache, with_words=not options.dry_run)
        self._options = options
        self._cancellation = client.transport.cancellation
        self._seen: dict[bytes, int] = {}
        self._copies: list[HashedPhoto] = []

    def batches(self, scan: Scan) -> Iterator[list[HashedPhoto]]:
        """The photos of a scan, hashed, in batches.

        Raises:
            Cancelled: the caller asked to stop.
        """
        with DaemonPool(_HASH_THREADS) as pool:
            yield from _batches(pool.map(self._hash, self._photos(scan), ahead=_AHEAD))

    def copies(self) -> Iterator[Outcome]:
        """The outcomes of copies whose fields differ from those of the first copy, which has been stored by now."""
        for start in range(0, len(self._copies), _BATCH):
            batch = self._copies[start : start + _BATCH]
            found = self._lookup.find([(each.sha256, each.fields) for each in batch])
            for each, image in zip(batch, found, strict=True):
                yield _outcome(each, State.COPY, image)

    def split(self, batch: list[HashedPhoto]) -> tuple[list[Outcome], list[HashedPhoto]]:
        """The outcomes of those that need not, or cannot, be sent; and those that are to be sent."""
        settled: list[Outcome] = []
        unique: list[HashedPhoto] = []
        for each in batch:
            if each.photo.problem:
                settled.append(each.outcome(State.FAILED, detail=each.photo.problem))
            elif (first := self._first(each)) is not None:
                if first == _fingerprint(each) or self._options.dry_run:
                    settled.append(each.outcome(State.COPY))
                else:
                    self._copies.append(each)
            else:
                unique.append(each)
        found = self._lookup.find([(each.sha256, each.fields) for each in unique])
        new = [each for each, image in zip(unique, found, strict=True) if image is None]
        present = [(each, image) for each, image in zip(unique, found, strict=True) if image is not None]
        settled += [_outcome(each, State.PRESENT, image) for each, image in present]
        return settled, new

    def _photos(self, scan: Scan) -> Iterator[Photo]:
        album = self._options.album
        for photo in scan.photos():
            if self._cancellation.requested:
                raise Cancelled("Interrupted while scanning folders.")
            yield photo if album is None else replace(photo, album=album or None)

    def _hash(self, photo: Photo) -> HashedPhoto:
        if photo.problem:
            return HashedPhoto(photo)
        try:
            sha256 = sha256_of(photo.path, self._cancellation.check)
            return HashedPhoto(photo, sha256, self._options.fields(photo))
        except FileReadError as error:
            return HashedPhoto(replace(photo, problem=str(error)))

    def _first(self, each: HashedPhoto) -> int | None:
        """The fingerprint of the fields of the first copy of this photo; None if this is the first one."""
        digest = bytes.fromhex(each.sha256)
        first = self._seen.get(digest)
        if first is None:
            self._seen[digest] = _fingerprint(each)
        return first


def _fingerprint(each: HashedPhoto) -> int:
    """A number in place of the fields, which would take much memory for many photos."""
    return hash(frozenset(each.fields.items()))


def _outcome(each: HashedPhoto, state: State, image: Found | None) -> Outcome:
    """The outcome of a photo that is not sent, because the repository has its image."""
    if image is None:
        return each.outcome(state)
    effect = image.effect
    if effect.detail:  # the service refuses the fields, as it would in an upload
        return each.outcome(State.REFUSED, image_id=image.id, code=effect.code, detail=effect.detail)
    return each.outcome(state, image_id=image.id, filled=effect.filled, kept=effect.kept)


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
