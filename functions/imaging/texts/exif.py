"""Two tags of an EXIF block: the description, and the comment that Windows writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

_DESCRIPTION, _XP_COMMENT = 0x010E, 0x9C9C
_BYTE, _ASCII, _SHORT, _UNDEFINED = 1, 2, 3, 7
_SIZES: Final = {_BYTE: 1, _ASCII: 1, _SHORT: 2, _UNDEFINED: 1}
"""The size of one value in bytes, for each type that text can have."""
_ENTRY, _INLINE = 12, 4
"""Bytes of one directory entry, and of a value that has room in it."""
_ORDERS: Final[dict[bytes, Literal["little", "big"]]] = {b"II*\0": "little", b"MM\0*": "big"}


@dataclass(frozen=True, slots=True)
class ExifText:
    """The two tags; empty if the block does not have them.

    Attributes:
        description: a text in an unknown encoding. The standard requires ASCII, but programs write UTF-8.
    """

    description: bytes = b""
    comment: str = ""


def read_exif_text(block: bytes) -> ExifText:
    """The texts of a TIFF block, as far as it is not damaged."""
    description, comment = b"", ""
    for tag, kind, value in _entries(block):
        if tag == _DESCRIPTION and kind != _SHORT:
            description = value.partition(b"\0")[0]
        elif tag == _XP_COMMENT and kind != _ASCII:
            comment = value.decode("utf-16-le", "ignore").partition("\0")[0]
    return ExifText(description, comment)


def _entries(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The tag, the type and the value of each entry of the first directory that may be text."""
    order: Literal["little", "big"] | None = _ORDERS.get(block[:4])
    if order is None:
        return

    def number(at: int, size: int) -> int:
        return int.from_bytes(block[at : at + size], order)

    first = number(4, 4) + 2
    last = min(first + number(first - 2, 2) * _ENTRY, len(block))
    for at in range(first, last, _ENTRY):
        kind, count = number(at + 2, 2), number(at + 4, 4)
        size = _SIZES.get(kind, 0) * count
        start = at + 8 if size <= _INLINE else number(at + 8, 4)
        value = block[start : start + size]
        yield number(at, 2), kind, _from_shorts(value, order) if kind == _SHORT else value


def _from_shorts(value: bytes, order: Literal["little", "big"]) -> bytes:
    """The bytes that some programs store as 16-bit numbers; empty if these are larger than bytes."""
    high, low = (value[1::2], value[::2]) if order == "little" else (value[::2], value[1::2])
    return b"" if any(high) else low
