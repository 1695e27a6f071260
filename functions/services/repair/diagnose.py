"""What can be wrong with an image, told by a look at its parts."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from functions.domain.ids import parse_rendition_name, rendition_name
from functions.domain.model import Image, RenditionState
from functions.domain.ports import Object
from functions.domain.renditions import expected_names, source_generation
from functions.services.repair.snapshot import Snapshot


class Kind(StrEnum):
    """The kinds of damage."""

    ENTRY_WITHOUT_OBJECT = "entry without object"
    OBJECT_WITHOUT_ENTRY = "object without entry"
    STALE_ENTRY = "stale entry"
    TWIN = "twin"
    MISSING_RENDITIONS = "missing renditions"
    STALE_RENDITIONS = "stale renditions"
    ORPHAN_RENDITIONS = "orphan renditions"
    STUCK_DROP = "stuck drop"
    EXPIRED_DROP = "expired drop"
    """Of the embedded backend: a drop that was refused more than a week ago."""
    UNLISTED_OBJECT = "unlisted object"
    """Of the embedded backend: a file and its sidecar that the bucket's index does not know."""
    DAMAGED_SIDECARS = "damaged sidecars"
    """Of the embedded backend: sidecars that do not say what the index says."""
    LOST_BYTES = "lost bytes"
    """Of the embedded backend: an object whose file is gone or cut short."""
    LEFT_OVER_FILES = "left-over files"
    """Of the embedded backend: files that no object needs."""
    STRANGER = "stranger"
    """An object with a name that this service never gave. It is left alone."""


class Damage(NamedTuple):
    """One thing that is wrong: of what kind, with which object or entry, and what exactly."""

    kind: Kind
    name: str
    detail: str


def diagnose(seen: Snapshot, before: datetime) -> list[Damage]:
    """What is wrong with an image, unless it changed since `before`: then its events may still be on the way."""
    parts = seen.originals or seen.renditions
    if any(each.updated > before for each in parts) or (seen.entry and seen.entry.uploaded_at > before):
        return []
    if not seen.originals:
        return list(_without_original(seen))
    original, *twins = seen.ranked
    damages = [Damage(Kind.TWIN, each.name, f"The image is {original.name} already.") for each in twins]
    damages += _entry_damage(seen.entry, original)
    damages += _rendition_damage(seen, original)
    return damages


def stale_renditions(seen: Snapshot, original: Object) -> list[Object]:
    """Renditions that nobody asks for any more: of an older recipe, of an older original, or of another width.

    Those of a newer recipe belong to a release that is still to come here.
    """
    entry = seen.entry
    wanted = {rendition_name(entry.id, stem) for stem in expected_names(entry)} if entry else None
    return [each for each in seen.renditions if _is_stale(each, original, wanted)]


def _is_stale(rendition: Object, original: Object, wanted: set[str] | None) -> bool:
    name = parse_rendition_name(rendition.name)
    if name is None or not (name.is_older or name.is_current):
        return False
    if name.is_older or source_generation(rendition) < original.generation:
        return True
    return wanted is not None and rendition.name not in wanted


def _without_original(seen: Snapshot) -> Iterator[Damage]:
    if seen.entry:
        yield Damage(Kind.ENTRY_WITHOUT_OBJECT, seen.id, f"There is no {seen.entry.object_name}.")
    elif seen.renditions:
        yield Damage(Kind.ORPHAN_RENDITIONS, seen.id, f"There is no original for them ({len(seen.renditions)}).")


def _entry_damage(entry: Image | None, original: Object) -> Iterator[Damage]:
    if entry is None:
        yield Damage(Kind.OBJECT_WITHOUT_ENTRY, original.name, "The catalog does not have it.")
        return
    told = (entry.object_name, entry.generation, entry.metageneration)
    if told != (original.name, original.generation, original.metageneration):
        there = f"{original.name} {original.generation}.{original.metageneration}"
        yield Damage(Kind.STALE_ENTRY, entry.id, f"It tells of {told[0]} {told[1]}.{told[2]}, and there is {there}.")


def _rendition_damage(seen: Snapshot, original: Object) -> Iterator[Damage]:
    stale = stale_renditions(seen, original)
    if stale:
        names = ", ".join(each.name.partition("/")[2] for each in stale)
        yield Damage(Kind.STALE_RENDITIONS, seen.id, f"They are of an older original or recipe: {names}.")
    if seen.entry is None or not seen.is_entered(original):
        return  # there is nothing to tell which ones there should be; once the entry is mended, there is
    if seen.entry.renditions.state is RenditionState.PENDING:
        yield Damage(Kind.MISSING_RENDITIONS, seen.id, "They have been pending since the last change.")
    elif seen.entry.renditions.state is RenditionState.READY:
        missing = _missing(seen.entry, seen.renditions)
        if missing:
            yield Damage(Kind.MISSING_RENDITIONS, seen.id, f"Not as the entry has them: {', '.join(missing)}.")


def _missing(entry: Image, found: list[Object]) -> list[str]:
    """Names (stems) of those that are not there as the entry tells of them, or of which it does not tell."""
    sizes = {each.name: each.size for each in found if source_generation(each) == entry.generation}
    told = {each.name: each.bytes for each in entry.renditions.items}
    return [
        stem
        for stem in dict.fromkeys([*expected_names(entry), *told])
        if stem not in told or sizes.get(rendition_name(entry.id, stem)) != told[stem]
    ]
