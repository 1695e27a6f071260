"""The request to `/upload/check`, and its response."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

from functions.domain.description_parser import parse_description
from functions.domain.errors import ImageRepoError, InvalidField
from functions.domain.model import Description
from functions.services.check import Checked
from functions.web.image_json import words_object
from functions.web.problems import attempt, problem

MAX_FILES: Final = 500
"""Hashes in one check, and descriptions in one check."""

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_HASHES: Final = "`sha256` must be a list of hashes, each with 64 hexadecimal digits."
_WORDS: Final = '`words` must be a list of objects like {"sha256": "<hex>", "description": {"caption": …}}.'


class SentWords(NamedTuple):
    """The SHA-256 of a file, and its description or the error in it."""

    sha256: str
    description: Description | ImageRepoError


class CheckRequest(NamedTuple):
    """The files that a client asks for, by their SHA-256 (lower-case hexadecimal), and the descriptions of some."""

    hashes: list[str]
    words: list[SentWords]

    @property
    def descriptions(self) -> dict[str, list[Description]]:
        """The valid descriptions of each file."""
        found: dict[str, list[Description]] = {}
        for each in self.words:
            if isinstance(each.description, Description):
                found.setdefault(each.sha256, []).append(each.description)
        return found


def parse_check(body: Mapping[str, object]) -> CheckRequest:
    """The hashes in a request, without repetitions, and the descriptions. An invalid description fails alone.

    Raises:
        InvalidField: there are too many of them, or a value has the wrong type.
    """
    words = [_sent(each) for each in _list(body, "words")] if "words" in body else []
    hashes = [_hash(each) for each in _list(body, "sha256")]
    unique = list(dict.fromkeys((*hashes, *(each.sha256 for each in words))))
    if len(unique) > MAX_FILES:
        raise InvalidField(f"The request names {len(unique)} files. Send at most {MAX_FILES}.", field="sha256")
    return CheckRequest(unique, words)


def check_object(request: CheckRequest, checked: Mapping[str, Checked]) -> dict[str, object]:
    """The response: the ids of the known files, and what each description of them changed."""
    shown: dict[str, object] = {"known": {sha256: each.image_id for sha256, each in checked.items()}}
    if request.words:
        effects = {sha256: iter(each.words) for sha256, each in checked.items()}
        shown["words"] = [
            {
                "sha256": each.sha256,
                **(
                    words_object(next(effects[each.sha256]))
                    if isinstance(each.description, Description)
                    else problem(each.description)
                ),
            }
            for each in request.words
            if each.sha256 in checked
        ]
    return shown


def _list(body: Mapping[str, object], name: str) -> list[object]:
    values = body.get(name)
    if not isinstance(values, list):
        raise InvalidField(_WORDS if name == "words" else _HASHES, field=name)
    if len(values) > MAX_FILES:
        raise InvalidField(f"`{name}` has {len(values)} items. Send at most {MAX_FILES}.", field=name)
    return values


def _hash(value: object) -> str:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise InvalidField(_HASHES, field="sha256")
    return value.lower()


def _sent(value: object) -> SentWords:
    if not isinstance(value, dict) or not isinstance(value.get("description"), dict):
        raise InvalidField(_WORDS, field="words")
    return SentWords(_hash(value.get("sha256")), attempt(partial(parse_description, value["description"])))
