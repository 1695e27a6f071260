"""The captions and keywords that photographers write into their photos, from XMP, IPTC and EXIF.

Damaged metadata counts as absent, because it must not prevent an upload.
"""

import html
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from image_repo.errors import FileReadError
from image_repo.files import open_file
from image_repo.limits import MAX_CAPTION, MAX_TAG, MAX_TAGS
from image_repo.sync.exif import read_exif_text
from image_repo.sync.iptc import decode_text, read_iptc_text
from image_repo.sync.metadata import read_metadata
from image_repo.text import truncate, without_control_characters

_XMP_DESCRIPTION: Final = re.compile(
    rb"<dc:description\b(?:[^>]{0,200}[^>/])?>(?:(?!</?dc:).){0,500}?<rdf:li\b(?:[^>]{0,200}[^>/])?>([^<]{1,20000})</rdf:li>",
    re.DOTALL,
)
"""The text must be in the description itself: if that is empty, the next list holds keywords, or names."""
_CAMERA_TEXT: Final = re.compile(
    r"(OLYMPUS|MINOLTA|KONICA|SAMSUNG|KODAK|JENOPTIK|DCIM|SONY DSC|DCF 1\.0|DIGITAL|STILL|CAMERA|DEFAULT|\W)+",
    re.IGNORECASE,
)
"""Descriptions that cameras write into every photo."""


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """The caption and the keywords of a photo, within the limits of the service."""

    caption: str | None = None
    keywords: tuple[str, ...] = ()


def read_embedded_text(path: Path) -> EmbeddedText:
    """The caption and the keywords of a file; empty without any, or if it is neither JPEG nor PNG."""
    try:
        with open_file(path) as file:
            metadata = read_metadata(file)
    except (FileReadError, OSError):  # the upload reports it
        return EmbeddedText()
    iptc, exif = read_iptc_text(metadata.photoshop), read_exif_text(metadata.exif)
    texts = (_xmp_description(metadata.xmp), iptc.caption, decode_text(exif.description), exif.comment)
    caption = next((found for each in texts if (found := _caption(each))), None)
    keywords = dict.fromkeys(found for each in iptc.keywords if (found := _tag(each)))
    return EmbeddedText(caption, tuple(keywords)[:MAX_TAGS])


def _xmp_description(packet: bytes) -> str:
    found = _XMP_DESCRIPTION.search(packet)
    try:
        return html.unescape(found[1].decode("utf-8", "replace")) if found else ""
    except ValueError:  # a character reference with thousands of digits
        return ""


def _caption(text: str) -> str:
    """The text without control characters, truncated to what the service accepts; empty if a camera wrote it."""
    clean = without_control_characters(text).strip()
    return "" if _CAMERA_TEXT.fullmatch(clean) else truncate(clean, MAX_CAPTION).strip()


def _tag(text: str) -> str:
    return truncate(" ".join(without_control_characters(text).replace(",", " ").split()), MAX_TAG).strip()
