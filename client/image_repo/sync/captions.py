"""The captions and keywords that photographers write into their photos, or into XMP files beside them.

Damaged metadata counts as absent, because it must not prevent an upload.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from image_repo.errors import FileReadError
from image_repo.files import open_file, real_path
from image_repo.limits import MAX_CAPTION, MAX_TAG, MAX_TAGS
from image_repo.sync.texts.reader import read_texts
from image_repo.text import truncate, without_control_characters

_MAX_SIDECAR: Final = 4 << 20
"""Bytes; a larger file is not read."""


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """The caption and the keywords of a photo, within the limits of the service."""

    caption: str | None = None
    keywords: tuple[str, ...] = ()


def read_embedded_text(path: Path) -> EmbeddedText:
    """The caption and the keywords of a file, or of the XMP sidecar; empty without any."""
    try:
        sidecar = _sidecar(real_path(path))
    except (FileReadError, OSError):  # a folder with that name, or no permission
        sidecar = b""
    try:
        with open_file(path) as file:
            texts = read_texts(file, sidecar)
    except (FileReadError, OSError):  # the upload reports it
        return EmbeddedText()
    captions, tags = map(_caption, texts.captions), map(_tags, texts.keywords)
    return EmbeddedText(next(filter(None, captions), None), next(filter(None, tags), ()))


def _sidecar(photo: Path) -> bytes:
    """The XMP sidecar of a photo, `IMG_1.jpg.xmp` or else `IMG_1.xmp`; empty if there is none."""
    name = str(photo)
    for stem in (name, name.removesuffix(photo.suffix)):
        for suffix in (".xmp", ".XMP"):
            if os.path.exists(stem + suffix):  # noqa: PTH110 - `Path` takes ten times as long, for each photo
                with open_file(Path(stem + suffix)) as file:
                    return file.read(_MAX_SIDECAR)
    return b""


def _caption(text: str) -> str:
    """The text without control characters, truncated to what the service accepts."""
    return truncate(without_control_characters(text).strip(), MAX_CAPTION).strip()


def _tags(keywords: tuple[str, ...]) -> tuple[str, ...]:
    tags = dict.fromkeys(found for each in keywords if (found := _tag(each)))
    return tuple(tags)[:MAX_TAGS]


def _tag(text: str) -> str:
    return truncate(" ".join(without_control_characters(text).replace(",", " ").split()), MAX_TAG).strip()
