"""The time in EXIF: the camera's clock, and its offset from UTC as far as the file has it."""

import math
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from functions.domain.wall_time import WallTime, is_possible_offset, parse_camera_time, parse_offset
from functions.imaging.tiff import Exif

_FIRST_PHOTOGRAPH: Final = 1826
_GPS_TIME, _GPS_DATE = 7, 29
_QUARTER: Final = timedelta(minutes=15)
_TOLERANCE: Final = timedelta(minutes=3)
"""By how much the camera's clock can be wrong, together with the age of its last position."""
_ODD_QUARTERS: Final = frozenset(timedelta(hours=hours, minutes=45) for hours in (5, 8, 9, 12, 13))
"""The offsets in use that are not whole or half hours: Nepal, Eucla and the Chatham Islands, in winter and summer."""


class _Source(NamedTuple):
    """The tags of one time: the directory, the time, its offset from UTC, and its fraction of a second."""

    directory: str
    time: int
    offset: int
    fraction: int


# Best first: the time of the photo, of its digitization, of the last change of the file.
_SOURCES: Final = (
    _Source("photo", 0x9003, 0x9011, 0x9291),
    _Source("photo", 0x9004, 0x9012, 0x9292),
    _Source("main", 0x0132, 0x9010, 0x9290),
)


def read(found: Exif) -> WallTime | None:
    """The first of the times in EXIF that is possible."""
    for source in _SOURCES:
        text = _text(found, source)
        parsed = parse_camera_time(text)
        if parsed is not None and parsed[0].clock.year >= _FIRST_PHOTOGRAPH:
            moment, has_clock = parsed
            clock = _with_fraction(moment.clock, found.photo.text(source.fraction)) if has_clock else moment.clock
            offset = moment.offset if moment.offset is not None else _offset(found, source, text)
            if offset is None and has_clock:
                offset = _offset_from_gps(clock, found)
            return WallTime(clock, offset)
    return None


def _text(found: Exif, source: _Source) -> str:
    tags = found.main if source.directory == "main" else found.photo
    return _decoded(tags.text(source.time))


def _decoded(text: bytes) -> str:
    return text.partition(b"\0")[0].decode("ascii", "replace")


def _with_fraction(clock: datetime, fraction: bytes) -> datetime:
    digits = _decoded(fraction).strip()[:6]
    if not (digits.isascii() and digits.isdigit()):
        return clock
    return clock.replace(microsecond=int(digits.ljust(6, "0")))


def _offset(found: Exif, source: _Source, text: str) -> timedelta | None:
    """The offset of that time, or else of another time in the file, unless that one differs.

    A program that changes a file writes a time and an offset of its own, which are not the camera's.
    """
    others = [each for each in _SOURCES if each != source and _text(found, each) in ("", text)]
    offsets = (parse_offset(_decoded(found.photo.text(each.offset))) for each in (source, *others))
    return next((each for each in offsets if each is not None), None)


def _offset_from_gps(clock: datetime, found: Exif) -> timedelta | None:
    """The difference between the clock and the time of the satellites, if it is close to an offset that is in use."""
    utc = _gps_time(found)
    if utc is None:
        return None
    difference = clock - utc
    offset = round(difference / _QUARTER) * _QUARTER
    in_use = offset % (2 * _QUARTER) == timedelta() or offset in _ODD_QUARTERS
    return offset if in_use and is_possible_offset(offset) and abs(difference - offset) <= _TOLERANCE else None


def _gps_time(found: Exif) -> datetime | None:
    """The date and time (UTC) of the satellites; None unless both are there and possible."""
    day = parse_camera_time(_decoded(found.gps.text(_GPS_DATE)))
    parts = found.gps.numbers(_GPS_TIME)
    if day is None or len(parts) != 3 or not all(math.isfinite(each) for each in parts):  # noqa: PLR2004
        return None
    seconds = sum(part * scale for part, scale in zip(parts, (3600, 60, 1), strict=True))
    if not 0 <= seconds <= 24 * 3600:
        return None
    try:
        return datetime.combine(day[0].clock.date(), datetime.min.time()) + timedelta(seconds=seconds)
    except OverflowError:
        return None
