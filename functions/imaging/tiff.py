"""The part of TIFF that EXIF uses: three directories of small values.

The work is bounded for any bytes, and the functions never fail: a value that cannot be read is left out. Pillow's own
reader warns, raises and trusts every count.
"""

import struct
from dataclasses import dataclass, field
from typing import Final

Value = bytes | tuple[int | float | tuple[int, int], ...]
"""Text and blobs as bytes, numbers, or fractions as (numerator, denominator)."""

MAX_VALUE: Final = 1024
"""Bytes of one value. Longer values are cut. Useful values have a few dozen bytes."""

_EXIF_POINTER: Final = 0x8769
_GPS_POINTER: Final = 0x8825
_TEXT: Final = {1, 2, 6, 7}
_NUMBERS: Final = {3: "H", 4: "I", 8: "h", 9: "i", 11: "f", 12: "d"}
_FRACTIONS: Final = {5: "II", 10: "ii"}


class Tags(dict[int, Value]):
    """The values of one directory by tag."""

    def text(self, tag: int) -> bytes:
        """The bytes of a text or blob; empty if there is none."""
        value = self.get(tag)
        return value if isinstance(value, bytes) else b""

    def integer(self, tag: int) -> int | None:
        """The first integer of that tag; None if there is none."""
        value = self.get(tag)
        first = value[0] if isinstance(value, tuple) else None
        return first if isinstance(first, int) else None

    def numbers(self, tag: int) -> tuple[float, ...]:
        """The numbers of that tag, NaN included. Empty if there are none, or if a denominator is zero."""
        value = self.get(tag)
        if not isinstance(value, tuple):
            return ()
        fractions = [each if isinstance(each, tuple) else (each, 1) for each in value]
        return tuple(over / under for over, under in fractions) if all(under for _, under in fractions) else ()


@dataclass(frozen=True, slots=True)
class Exif:
    """The directories of an EXIF block."""

    main: Tags = field(default_factory=Tags)
    photo: Tags = field(default_factory=Tags)
    gps: Tags = field(default_factory=Tags)


def parse(block: bytes) -> Exif:
    """The directories of a TIFF block, as far as they can be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:  # noqa: PLR2004 - the TIFF header's size
        return Exif()
    main = _directory(block, order, struct.unpack_from(f"{order}I", block, 4)[0])
    photo, gps = (_directory(block, order, main.integer(pointer) or 0) for pointer in (_EXIF_POINTER, _GPS_POINTER))
    return Exif(main, photo, gps)


def _directory(block: bytes, order: str, start: int) -> Tags:
    tags = Tags()
    if not 8 <= start <= len(block) - 2:  # noqa: PLR2004 - 0 means that there is no directory
        return tags
    (count,) = struct.unpack_from(f"{order}H", block, start)
    for entry in range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12):
        tag, kind, length = struct.unpack_from(f"{order}HHI", block, entry)
        value = _value(block, order, entry + 8, kind, length)
        if value:
            tags.setdefault(tag, value)
    return tags


def _value(block: bytes, order: str, place: int, kind: int, count: int) -> Value | None:
    code = "s" if kind in _TEXT else _NUMBERS.get(kind) or _FRACTIONS.get(kind)
    if code is None:
        return None
    unit = struct.calcsize(f"={code}")
    if unit * count > 4:  # noqa: PLR2004 - a longer value is elsewhere, and its offset is here
        (place,) = struct.unpack_from(f"{order}I", block, place)
    raw = block[place : place + min(unit * count, MAX_VALUE)]
    if kind in _TEXT:
        return raw
    pieces = list(struct.iter_unpack(f"{order}{code}", raw[: len(raw) // unit * unit]))
    return tuple(pieces) if kind in _FRACTIONS else tuple(number for (number,) in pieces)
