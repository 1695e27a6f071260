"""EXIF: when, where and with which camera a photo was taken.

Each value is checked on its own. A value that is impossible or cannot be read is left out.
"""

import math
import struct
from dataclasses import dataclass, field
from typing import Final

from functions.domain.text import without_control_characters
from functions.domain.wall_time import WallTime
from functions.imaging import exif_time, tiff
from functions.imaging.tiff import Tags

MAX_TEXT: Final = 200
"""Characters of one text."""

_ORIENTATION: Final = 0x0112
_MAKE, _MODEL = 0x010F, 0x0110
_LENS_MAKE, _LENS_MODEL = 0xA433, 0xA434
_EXPOSURE_TIME, _APERTURE, _ISO, _FOCAL_LENGTH = 0x829A, 0x829D, 0x8827, 0x920A
_HIGHEST: Final = 100_000
"""Metres above or below sea level: the edge of space."""


@dataclass(frozen=True, slots=True)
class Exif:
    """The metadata that a viewer can use.

    Attributes:
        orientation: 1 to 8.
        taken_at: The time on the camera's clock.
        details: Values for JSON. Only "gps" holds the position.
    """

    orientation: int = 1
    taken_at: WallTime | None = None
    details: dict[str, object] = field(default_factory=dict)


def read(block: bytes) -> Exif:
    """The metadata in a TIFF block. An empty or broken block has none."""
    found = tiff.parse(block)
    details: dict[str, object | None] = {
        "camera": _named(found.main, _MAKE, _MODEL),
        "lens": _named(found.photo, _LENS_MAKE, _LENS_MODEL),
        "focal_length_mm": _positive(found.photo, _FOCAL_LENGTH, 100_000),
        "aperture": _positive(found.photo, _APERTURE, 1_000),
        "exposure_time": _exposure(_positive(found.photo, _EXPOSURE_TIME, 10_000_000)),
        "iso": _iso(found.photo),
        "gps": _position(found.gps),
    }
    kept = {name: value for name, value in details.items() if value is not None}
    return Exif(_orientation(found.main), exif_time.read(found), kept)


def orientation(block: bytes) -> int:
    """The orientation in a TIFF block, 1 (upright) to 8."""
    return _orientation(tiff.parse(block).main)


def minimal(orientation: int) -> bytes:
    """A TIFF block that has only an orientation. Empty if the image is upright."""
    if orientation == 1:
        return b""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)


def without_prefix(block: bytes) -> bytes:
    """The TIFF block without the prefix that JPEG requires and some programs write into other containers too."""
    return block.removeprefix(b"Exif\0\0")


def _orientation(main: Tags) -> int:
    value = main.integer(_ORIENTATION)
    return value if value is not None and 1 <= value <= 8 else 1  # noqa: PLR2004 - defined by EXIF


def _text(tags: Tags, tag: int) -> str | None:
    text = tags.text(tag).partition(b"\0")[0].decode("utf-8", "replace")
    return without_control_characters(text).strip()[:MAX_TEXT].strip() or None


def _named(tags: Tags, make_tag: int, model_tag: int) -> str | None:
    """Make and model. Many models repeat the make or its first word ("NIKON CORPORATION", "NIKON D90")."""
    make, model = _text(tags, make_tag), _text(tags, model_tag)
    if make is None or model is None:
        return model or make
    repeats = model.lower().startswith(make.lower().split()[0])
    return model if repeats else f"{make} {model}"[:MAX_TEXT]


def _positive(tags: Tags, tag: int, most: float) -> float | None:
    value = next(iter(tags.numbers(tag)), 0.0)
    return round(value, 9) if 1e-7 <= value <= most else None  # noqa: PLR2004 - less than any real value


def _exposure(seconds: float | None) -> str | None:
    """The exposure time as photographers write it: "1/250", "0.4", "30"."""
    if seconds is None:
        return None
    return f"1/{round(1 / seconds)}" if seconds <= 0.3 else f"{seconds:.3g}"  # noqa: PLR2004 - as cameras do


def _iso(photo: Tags) -> int | None:
    value = photo.integer(_ISO)
    return value if value is not None and 0 < value < 10_000_000 else None  # noqa: PLR2004


def _position(gps: Tags) -> dict[str, float] | None:
    latitude = _degrees(gps, 1, b"NS", 90)
    longitude = _degrees(gps, 3, b"EW", 180)
    if latitude is None or longitude is None:
        return None
    position = {"latitude": latitude, "longitude": longitude}
    altitude = next(iter(gps.numbers(6)), math.inf) * (-1 if gps.text(5)[:1] == b"\1" else 1)
    if abs(altitude) <= _HIGHEST:
        position["altitude"] = round(altitude, 3)
    return position


def _degrees(gps: Tags, tag: int, sides: bytes, most: float) -> float | None:
    """Signed degrees from a side ("N") and degrees, minutes, seconds."""
    side, parts = gps.text(tag)[:1].upper(), gps.numbers(tag + 1)
    if not side or side not in sides or not parts:
        return None
    value = sum(part / scale for part, scale in zip(parts, (1, 60, 3600), strict=False))
    if not 0 <= value <= most:
        return None
    return round(-value if side == sides[1:] else value, 7)
