"""Find what is wrong with an image, from a snapshot of its parts."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from functions.domain.ids import parse_rendition_name, rendition_name
from functions.domain.model import FORM, Image, RenditionState
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
    """Only in the embedded backend: a drop that was refused more than a week ago."""
    UNLISTED_OBJECT = "unlisted object"
    """Only in the embedded backend: a file with a sidecar that the bucket's index does not list."""
    DAMAGED_SIDECARS = "damaged sidecars"
    """Only in the embedded backend: sidecars that are missing or damaged, or that differ from the index."""
    LOST_BYTES = "lost bytes"
    """Only in the embedded backend: an object whose file is missing or truncated."""
    LEFT_OVER_FILES = "left-over files"
    """Only in the embedded backend: files that no object needs."""
    FOREIGN_OBJECT = "foreign object"
    """An object with a name that this service never creates. It is not changed."""


class Damage(NamedTuple):
    """One thing that is wrong: its kind, the name of the object or the id of the image, and a sentence about it."""

    kind: Kind
    name: str
    detail: str


def diagnose(snapshot: Snapshot, before: datetime) -> list[Damage]:
    """What is wrong with an image; nothing if it changed after `before`, because its events may still be on the way."""
    return [] if is_young(snapshot, before) else differences(snapshot)


def is_young(snapshot: Snapshot, before: datetime) -> bool:
    """Whether an image changed after `before`."""
    parts = snapshot.originals or snapshot.renditions
    entry = snapshot.entry
    return any(each.updated > before for each in parts) or (entry is not None and entry.uploaded_at > before)


def differences(snapshot: Snapshot) -> list[Damage]:
    """What differs between the parts of an image. It is damage unless the events of the last change are on the way."""
    if not snapshot.originals:
        return list(_without_original(snapshot))
    original, *twins = snapshot.ranked
    damages = [Damage(Kind.TWIN, each.name, f"The image already has the original {original.name}.") for each in twins]
    damages += _entry_damage(snapshot.entry, original)
    damages += _rendition_damage(snapshot, original)
    return damages


def stale_renditions(snapshot: Snapshot, original: Object) -> list[Object]:
    """Renditions that are no longer used: of an older recipe, of an older original, or of another width.

    Renditions of a newer recipe are not stale: they belong to a release that is not deployed here yet.
    """
    entry = snapshot.entry
    wanted = {rendition_name(entry.id, stem) for stem in expected_names(entry)} if entry else None
    return [each for each in snapshot.renditions if _is_stale(each, original, wanted)]


def _is_stale(rendition: Object, original: Object, wanted: set[str] | None) -> bool:
    name = parse_rendition_name(rendition.name)
    if name is None or not (name.is_older or name.is_current):
        return False
    if name.is_older or source_generation(rendition) < original.generation:
        return True
    return wanted is not None and rendition.name not in wanted


def _without_original(snapshot: Snapshot) -> Iterator[Damage]:
    if snapshot.entry:
        yield Damage(Kind.ENTRY_WITHOUT_OBJECT, snapshot.id, f"There is no {snapshot.entry.object_name}.")
    elif snapshot.renditions:
        detail = f"There is no original for them ({len(snapshot.renditions)})."
        yield Damage(Kind.ORPHAN_RENDITIONS, snapshot.id, detail)


def _entry_damage(entry: Image | None, original: Object) -> Iterator[Damage]:
    if entry is None:
        yield Damage(Kind.OBJECT_WITHOUT_ENTRY, original.name, "The catalog does not have it.")
        return
    described = (entry.object_name, entry.generation, entry.metageneration)
    present = (original.name, original.generation, original.metageneration)
    if described != present:
        detail = f"It describes {_version(*described)}, but the object is {_version(*present)}."
        yield Damage(Kind.STALE_ENTRY, entry.id, detail)
    elif entry.form != FORM:
        yield Damage(Kind.STALE_ENTRY, entry.id, f"Its document has the form {entry.form} of an older release.")


def _version(name: str, generation: int, metageneration: int) -> str:
    return f"{name} {generation}.{metageneration}"


def _rendition_damage(snapshot: Snapshot, original: Object) -> Iterator[Damage]:
    stale = stale_renditions(snapshot, original)
    if stale:
        names = ", ".join(each.name.partition("/")[2] for each in stale)
        yield Damage(Kind.STALE_RENDITIONS, snapshot.id, f"They belong to an older original or recipe: {names}.")
    if snapshot.entry is None or not snapshot.has_entry(original):
        return  # without its entry, it is not known which renditions the original should have
    if snapshot.entry.renditions.state is RenditionState.PENDING:
        yield Damage(Kind.MISSING_RENDITIONS, snapshot.id, "They have been pending since the last change.")
    elif snapshot.entry.renditions.state is RenditionState.READY:
        missing = _missing(snapshot.entry, snapshot.renditions)
        if missing:
            yield Damage(Kind.MISSING_RENDITIONS, snapshot.id, f"Different from the entry: {', '.join(missing)}.")


def _missing(entry: Image, found: list[Object]) -> list[str]:
    """Names (stems) of the renditions that do not exist as the entry describes them, or that it does not describe."""
    sizes = {each.name: each.size for each in found if source_generation(each) == entry.generation}
    described = {each.name: each.bytes for each in entry.renditions.items}
    return [
        stem
        for stem in dict.fromkeys([*expected_names(entry), *described])
        if stem not in described or sizes.get(rendition_name(entry.id, stem)) != described[stem]
    ]
