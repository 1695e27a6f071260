"""What photographers wrote into their photos: captions and keywords, out of XMP, IPTC and EXIF.

Only headers are read, never pixels, and only of formats that Pillow opens without reading the whole file. Whatever is
broken in there is as good as absent: it is the photo that counts.
"""

import html
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from PIL import Image, ImageFile, IptcImagePlugin

from image_repo.photos import opened

T = TypeVar("T")

MAX_CAPTION: Final = 2_000
MAX_TAG: Final = 64
"""Bytes (UTF-8) that the service takes."""
MAX_TAGS: Final = 32

_FORMATS: Final = ("JPEG", "PNG")
_DESCRIPTION, _XP_COMMENT = 0x010E, 0x9C9C
_CHARSET, _KEYWORDS, _CAPTION = (1, 90), (2, 25), (2, 120)
_UTF_8: Final = b"\x1b%G"
_XMP: Final = re.compile(
    rb"<dc:description\b(?:[^>]{0,200}[^>/])?>(?:(?!</?dc:).){0,500}?<rdf:li\b(?:[^>]{0,200}[^>/])?>([^<]{1,20000})</rdf:li>",
    re.DOTALL,
)
"""A text in the description itself: where that is empty, the next list is one of keywords, or of names."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BY_CAMERAS: Final = re.compile(
    r"(OLYMPUS|MINOLTA|KONICA|SAMSUNG|KODAK|JENOPTIK|DCIM|SONY DSC|DCF 1\.0|DIGITAL|STILL|CAMERA|DEFAULT|\W)+",
    re.IGNORECASE,
)
"""Descriptions that cameras write into every photo."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a photo says of itself, within the bounds of the service."""

    caption: str | None = None
    keywords: tuple[str, ...] = ()


def words_of(path: Path) -> Words:
    """The caption and the keywords in a file; those of a file that has none, or is no image, are empty."""
    with suppress(Exception), opened(path) as file, Image.open(file, formats=_FORMATS) as image:
        iptc: dict[tuple[int, int], list[str]] = _unless_broken(_iptc, image, {})
        xmp = _unless_broken(_from_xmp, image, "")
        captions = (xmp, _first(iptc.get(_CAPTION)), *_unless_broken(_from_exif, image, ("", "")))
        keywords = (_tag(each) for each in iptc.get(_KEYWORDS, []))
        return Words(
            next((each for each in map(_caption, captions) if each), None),
            tuple(dict.fromkeys(each for each in keywords if each))[:MAX_TAGS],
        )
    return Words()


def _unless_broken(read: Callable[[ImageFile.ImageFile], T], image: ImageFile.ImageFile, otherwise: T) -> T:
    """What is read in one of the places; no list of what Pillow raises on damage has been complete yet."""
    with suppress(Exception):
        return read(image)
    return otherwise


def _caption(text: str) -> str:
    """The text, clean, and cut where it is longer than the service takes; empty when only a camera wrote it."""
    clean = _CONTROL.sub("", text).strip()
    return "" if _BY_CAMERAS.fullmatch(clean) else _cut(clean, MAX_CAPTION)


def _tag(text: str) -> str:
    return _cut(" ".join(_CONTROL.sub("", text).replace(",", " ").split()), MAX_TAG)


def _cut(text: str, limit: int) -> str:
    return text.encode()[:limit].decode("utf-8", "ignore").strip()


def _from_xmp(image: ImageFile.ImageFile) -> str:
    packet = image.info.get("xmp", b"")
    found = _XMP.search(packet if isinstance(packet, bytes) else str(packet).encode())
    return html.unescape(found[1].decode("utf-8", "replace")) if found else ""


def _from_exif(image: ImageFile.ImageFile) -> tuple[str, str]:
    """ImageDescription, and the comment that Windows writes, in UTF-16."""
    block = image.info.get("exif")
    if not isinstance(block, bytes):
        return "", ""
    exif = Image.Exif()
    exif.load(block)
    return _exif_text(exif.get(_DESCRIPTION)), _exif_comment(exif.get(_XP_COMMENT))


def _exif_text(value: object) -> str:
    """EXIF says ASCII; people write UTF-8, which Pillow reads as Latin-1."""
    text = value.encode("latin-1", "replace") if isinstance(value, str) else value
    return _decoded(text.partition(b"\0")[0]) if isinstance(text, bytes) else ""


def _exif_comment(value: object) -> str:
    """Of bytes, however they are stored; of a single number, `bytes` would make that many zeros."""
    try:
        data = bytes(value) if isinstance(value, (bytes, tuple)) else b""
    except (TypeError, ValueError):  # of numbers that are no bytes
        return ""
    return data.decode("utf-16-le", "ignore").partition("\0")[0]


def _iptc(image: ImageFile.ImageFile) -> dict[tuple[int, int], list[str]]:
    """The texts of the IPTC records, by record and number."""
    found: dict[tuple[int, int], Any] = IptcImagePlugin.getiptcinfo(image) or {}
    utf_8 = found.get(_CHARSET) == _UTF_8
    lists = {key: value if isinstance(value, list) else [value] for key, value in found.items()}
    return {key: [_decoded(each, utf_8=utf_8) for each in values] for key, values in lists.items()}


def _decoded(data: bytes, *, utf_8: bool = False) -> str:
    """Text of a time before UTF-8, unless it is: then as it says, or as it turns out."""
    try:
        return data.decode("utf-8", "replace" if utf_8 else "strict")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _first(texts: list[str] | None) -> str:
    return texts[0] if texts else ""
