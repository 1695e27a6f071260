"""The description of a drop, from its name, its folder and its custom metadata; and the reason of its refusal."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from functions.domain.description_parser import parse_description
from functions.domain.errors import ImageRefused, ImageRepoError, InvalidRequest
from functions.domain.limits import MAX_METADATA
from functions.domain.model import WRITABLE, Description
from functions.domain.ports import Object
from functions.domain.text import without_control_characters

UPLOADER: Final = "dropbox"
"""Uploader of drops without a ticket. A key with this name can change and delete their images."""

REFUSED: Final = "refused"
REASON: Final = "refused-because"
REFUSED_GENERATION: Final = "refused-generation"
"""Custom metadata of a refused drop: the error's code, its message, and the generation of the refused object."""

_OF_TOOLS: Final = (REFUSED, "goog-", "mtime", "md5chksum", "s3cmd-", "firebasestorage")
"""The beginnings of names that are no words about an image: those of a refusal, and those that gsutil, rclone, s3cmd
and Firebase add. Firebase's is a token that gives access, so it must not become public."""
_ROOM: Final = MAX_METADATA - 256
"""Bytes of custom metadata that leave space for a date or two that a tool adds."""


def is_folder(drop: Object) -> bool:
    """Whether the object represents a folder. The Google Cloud console creates such objects."""
    return drop.name.endswith("/") and drop.size == 0


def is_refused(drop: Object) -> bool:
    """Whether this very object was refused.

    A renamed or copied drop keeps the metadata, but it is another object, which may be accepted.
    """
    return drop.metadata.get(REFUSED_GENERATION) == str(drop.generation)


def describe(drop: Object) -> Description:
    """The description of a drop: its folder is the album, its last segment the file name; metadata override both.

    `.`, `..` and control characters are left out of the name. Metadata that are not fields become `extra`, as in an
    upload, unless a tool or this service added them.

    Raises:
        InvalidField, InvalidFilename: a value is too long or of the wrong type.
    """
    *folders, name = (without_control_characters(each, " ").strip() for each in drop.name.replace("\\", "/").split("/"))
    album = "/".join(each for each in folders if each not in ("", ".", ".."))
    values: dict[str, object] = {"filename": name if name not in (".", "..") else None, "album": album or None}
    for key, value in drop.metadata.items():
        if (lower := key.lower()) in WRITABLE:
            values[lower] = value
        elif not lower.startswith(_OF_TOOLS):
            values[key] = value
    return parse_description(values)


def add_words(description: Description, words: Description, drop: Object) -> Description:
    """The description of a drop with the caption and the tags in its file, unless its metadata set them, even empty."""
    given = {key.lower() for key in drop.metadata}
    found: dict[str, Any] = {name: getattr(words, name) for name in ("caption", "tags") if name not in given}
    return replace(description, **found)


def upload_id(drop: Object) -> str:
    """The upload id of a drop: the same for each attempt at it, and different for every other drop."""
    return hashlib.sha256(f"{drop.generation} {drop.name}".encode("utf-8", "replace")).hexdigest()[:24]


def reason_of(drop: Object) -> ImageRepoError | None:
    """The error for which this very object was refused; None if it was not."""
    if not is_refused(drop):
        return None
    known = {each.code: each for each in _classes(ImageRefused, InvalidRequest)}
    return known.get(drop.metadata.get(REFUSED, ""), ImageRefused)(drop.metadata.get(REASON))


def _classes(*bases: type[ImageRepoError]) -> Iterator[type[ImageRepoError]]:
    for base in bases:
        yield base
        yield from _classes(*base.__subclasses__())


def refusal(drop: Object, code: str, detail: str) -> dict[str, str]:
    """The drop's metadata with the reason of its refusal. Values that do not fit are left out, the longest first."""
    reason = {REFUSED: code, REASON: detail, REFUSED_GENERATION: str(drop.generation)}
    kept = {**drop.metadata, **reason}
    while _size(kept) > _ROOM and (others := kept.keys() - reason.keys()):
        del kept[max(others, key=lambda name: len(kept[name].encode()))]
    return kept


def _size(metadata: Mapping[str, str]) -> int:
    return sum(len(key.encode()) + len(value.encode()) for key, value in metadata.items())
