"""What a duplicate adds to the description of its stored image: it fills what is empty, and overwrites nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from functions.domain.description_parser import extra_size, tags_size
from functions.domain.fields import Field, Kind, Tags, Texts
from functions.domain.model import DESCRIPTION, Description, Facts


@dataclass(frozen=True, slots=True)
class Words:
    """The effect of a duplicate's description on the stored image, as names of fields.

    Attributes:
        filled: the fields that got a value, a tag or an entry from the duplicate.
        kept: the fields in which the image lacks something that the duplicate gave, because it keeps its own value.
    """

    filled: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def fill(before: Description, sent: Description, facts: Facts) -> Description:
    """`before`, with the values of `sent` where it is empty, and with all tags and other fields that have room.

    A time that the camera recorded counts as a value, so no duplicate changes the time that visitors see.
    """
    changes: dict[str, Any] = {
        each.name: _united(each.kind, getattr(before, each.name), getattr(sent, each.name))
        for each in DESCRIPTION
        if not getattr(facts, each.name, None)
    }
    return replace(before, **changes)


def compare(before: Description, after: Description, sent: Description, facts: Facts) -> Words:
    """The effect of `sent` on a description that was `before` and is `after`."""
    filled = (each.name for each in DESCRIPTION if getattr(after, each.name) != getattr(before, each.name))
    kept = (
        each.name
        for each in DESCRIPTION
        if not _includes(each.kind, _value(each, after, facts), getattr(sent, each.name))
    )
    return Words(tuple(filled), tuple(kept))


def _value(field: Field, description: Description, facts: Facts) -> Any:
    return getattr(description, field.name) or getattr(facts, field.name, None)


def _includes(kind: Kind, stored: Any, sent: Any) -> bool:
    if not sent or not stored:
        return not sent
    if isinstance(kind, Tags):
        return set(sent) <= set(stored)
    if isinstance(kind, Texts):
        return all(stored.get(name) == text for name, text in sent.items())
    return bool(kind.to_json(stored) == kind.to_json(sent))  # a time has microseconds that are not shown


def _united(kind: Kind, stored: Any, sent: Any) -> Any:
    if isinstance(kind, Tags):
        return fitting_tags(kind, sent, stored)
    if isinstance(kind, Texts):
        return _all_texts(kind, stored, sent)
    return stored or sent


def fitting_tags(kind: Tags, sent: Iterable[str], stored: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The stored tags, and those of the sent ones that fit, each once."""
    tags = stored
    for each in dict.fromkeys(sent):
        more = (*tags, each)
        if each not in tags and len(more) <= kind.max_items and tags_size(more) <= kind.max_bytes:
            tags = more
    return tags


def _all_texts(kind: Texts, stored: Mapping[str, str], sent: Mapping[str, str]) -> Mapping[str, str]:
    """The stored texts, and the sent ones with other names as long as they fit."""
    texts = stored
    for name, text in sent.items():
        more = {**texts, name: text}
        if name not in texts and extra_size(more) <= kind.max_bytes:
            texts = more
    return texts
