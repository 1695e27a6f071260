"""What a file is, by its first bytes."""

from typing import Final

SIGNATURE: Final = 32
"""How many of a file's first bytes tell its format."""
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".avif", ".heic", ".heif"})
"""File names that promise an image; one that breaks the promise is sent, and refused with a reason."""

_AVIF: Final = frozenset({b"avif", b"avis"})
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def content_type(head: bytes) -> str | None:
    """The media type of a file with these first bytes; None when it is no image that the service takes."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _by_brands({head[at : at + 4] for at in (8, *range(16, SIGNATURE, 4))})
    return None


def _by_brands(brands: set[bytes]) -> str | None:
    """HEIF's family names itself in brands; a file that is both says AVIF more narrowly."""
    if brands & _AVIF:
        return "image/avif"
    return "image/heic" if brands & _HEIC else None
