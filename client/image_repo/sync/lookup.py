"""Which files the repository has, and what their form fields add to the images."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from image_repo.client import Client
from image_repo.errors import APIError
from image_repo.models import CheckedWords
from image_repo.sync.cache import DuplicateCache

_MAX_JSON: Final = 900_000
"""Bytes of the descriptions in one request; the service accepts a MiB."""

Described = tuple[str, Mapping[str, str]]
"""The SHA-256 of a file, and its form fields."""


@dataclass(frozen=True, slots=True)
class Found:
    """The image of a known file: its id, and the effect of the fields that were sent."""

    id: str
    effect: CheckedWords


class Lookup:
    """Asks the service for files, and sends it their form fields unless that is switched off."""

    def __init__(self, client: Client, cache: DuplicateCache, *, with_words: bool) -> None:
        self._client = client
        self._cache = cache
        self._with_words = with_words
        self._can_check = True

    def find(self, files: Sequence[Described]) -> list[Found | None]:
        """The image of each file: that of the same file, or of the image that it duplicates; None if there is none."""
        return [found for each in _parts(files) for found in self._find(each)]

    def _find(self, files: Sequence[Described]) -> list[Found | None]:
        if not (files and self._can_check):
            return [None] * len(files)
        hashes = [(sha256, self._cache.stored(sha256)) for sha256, _ in files]
        words = [(name, fields) for names, (_, fields) in zip(hashes, files, strict=True) for name in _unique(names)]
        try:
            found = self._client.check_with_words(
                {name for names in hashes for name in names}, words if self._with_words else ()
            )
        except APIError as error:
            if not error.is_route_missing:
                raise
            self._can_check = False  # an older service; it recognizes duplicates after they were sent
            return [None] * len(files)
        effects: dict[str, list[CheckedWords]] = defaultdict(list)
        for effect in reversed(found.words):
            effects[effect.sha256].append(effect)
        return [_image(names, found.known, effects) for names in hashes]


def _image(names: tuple[str, str], known: Mapping[str, str], effects: Mapping[str, list[CheckedWords]]) -> Found | None:
    """The image of a file with these hashes. The effects of each hash are in the order of the files, the next one last.

    An effect of every known hash is used up, because fields were sent for each.
    """
    images = [
        Found(known[name], effects[name].pop() if effects.get(name) else CheckedWords(sha256=name))
        for name in _unique(names)
        if name in known
    ]
    return images[0] if images else None


def _unique(names: tuple[str, str]) -> Sequence[str]:
    return tuple(dict.fromkeys(names))


def _parts(files: Sequence[Described]) -> Iterator[Sequence[Described]]:
    """The files in parts whose fields fit into one request, if they are sent under both hashes."""
    part: list[Described] = []
    size = 0
    for each in files:
        size += 2 * len(json.dumps(each))
        if part and size > _MAX_JSON:
            yield part
            part, size = [], 2 * len(json.dumps(each))
        part.append(each)
    yield part
