"""What the dropbox says of a photo that somebody left there: by its name, its folder, its custom metadata."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from functions.domain.fields import change
from functions.domain.model import Description
from functions.domain.ports import Object

UPLOADER: Final = "dropbox"
"""Who uploaded what came without a ticket; a key of that name may change and delete it."""

REFUSED: Final = "refused"
REASON: Final = "refused-because"
JUDGED: Final = "refused-generation"
"""Custom metadata of a drop that was refused: the error's code, its sentence, and which object it was said of."""

_SAID: Final = ("caption", "tags", "album", "taken_at", "filename")
_MOST_METADATA: Final = 8_192 - 256
"""Bytes of custom metadata that leave an object room for a date or two more."""
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")


def is_folder(drop: Object) -> bool:
    """Whether it only stands for a folder, as the console makes them."""
    return drop.name.endswith("/") and drop.size == 0


def is_refused(drop: Object) -> bool:
    """Whether it was looked at, and stays for its reason to be read.

    Who renames a drop, or copies it, takes its metadata along; but that is another object, and may be refused no more.
    """
    return drop.metadata.get(JUDGED) == str(drop.generation)


def describe(drop: Object) -> Description:
    """What a drop says of its image: its folder is the album, its last segment the file's name; metadata outranks both.

    Segments that lead out of a folder, and characters that no name should have, are left out. Metadata that mean
    nothing here are not looked at: tools add their own.

    Raises:
        InvalidField, InvalidFilename: something is longer than can be kept, or of no sense.
    """
    *folders, name = (_UNSPEAKABLE.sub(" ", each).strip() for each in drop.name.replace("\\", "/").split("/"))
    album = "/".join(each for each in folders if each not in ("", ".", ".."))
    said = {key.lower(): value for key, value in drop.metadata.items()}
    fields: dict[str, object] = {"filename": name if name not in (".", "..") else None, "album": album or None}
    return change({**fields, **{key: said[key] for key in _SAID if key in said}}, Description())


def upload_id(drop: Object) -> str:
    """The same for each attempt at the same drop, and for no other."""
    return hashlib.sha256(f"{drop.generation} {drop.name}".encode("utf-8", "replace")).hexdigest()[:24]


def refusal(drop: Object, code: str, detail: str) -> dict[str, str]:
    """The drop's metadata with the reason why it was refused; without what was there, if both are too much."""
    reason = {REFUSED: code, REASON: detail, JUDGED: str(drop.generation)}
    both = {**drop.metadata, **reason}
    return both if _size(both) <= _MOST_METADATA else reason


def _size(metadata: Mapping[str, str]) -> int:
    return sum(len(key.encode()) + len(value.encode()) for key, value in metadata.items())
