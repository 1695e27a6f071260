"""Recognizing an image file by its first bytes."""

from typing import Final

SIGNATURE_LENGTH: Final = 32
"""The number of first bytes that identify a format."""
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".avif", ".heic", ".heif"})
"""Extensions of image files, in lower case."""

_AVIF: Final = frozenset({b"avif", b"avis"})
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def content_type(head: bytes) -> str | None:
    """The media type of a file that starts with these bytes; None if it is not an image that the service accepts."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _from_brands({head[at : at + 4] for at in (8, *range(16, SIGNATURE_LENGTH, 4))})
    return None


def _from_brands(brands: set[bytes]) -> str | None:
    """The media type of a HEIF file. One with the brands of both formats is AVIF, the more specific one."""
    if brands & _AVIF:
        return "image/avif"
    return "image/heic" if brands & _HEIC else None
