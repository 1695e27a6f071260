"""JPEG: marker segments. Entropy-coded data follow each start of scan."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from functions.domain.errors import DamagedImage, ImageTooLarge, UnsupportedFormat
from functions.domain.formats import JPEG
from functions.domain.limits import Limits
from functions.imaging import exif
from functions.imaging.header import MAX_PARTS, Header, check_size

_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_NEEDED: Final = frozenset(range(0xC0, 0xE0))
"""All markers that a decoder needs. The codes above are application data, comments and reserved."""

_MARKER: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""Any marker except restarts. Restarts, and 0xFF bytes before a zero, belong to the entropy-coded data."""

_EXIF: Final = b"Exif\0\0"
_ICC: Final = b"ICC_PROFILE\0"
_MAX_PIECES: Final = 255


class Segment(NamedTuple):
    """The place of a segment in the file, with its entropy-coded data."""

    marker: int
    start: int
    """The start of the payload, after marker and length."""
    stop: int
    """The end of the payload."""
    end: int
    """The end of the segment: the next marker."""


def segments(data: bytes) -> Iterator[Segment]:
    """All segments after the start of the image. The last one is its end. Bytes between segments are skipped.

    Raises:
        DamagedImage: The end is missing, or a segment extends beyond the file.
    """
    place = 2
    for _ in range(MAX_PARTS):
        match = _MARKER.search(data, place)
        if match is None:
            break
        marker, start = data[match.end() - 1], match.end() + 2
        if marker == _EOI:
            yield Segment(marker, match.end(), match.end(), match.end())
            return
        if marker == _TEM:
            place = match.end()
            continue
        stop = match.end() + int.from_bytes(data[match.end() : start])
        if marker == _SOI or not start <= stop <= len(data):
            break
        following = _MARKER.search(data, stop) if marker == _SOS else None
        place = following.start() if following else stop
        yield Segment(marker, start, stop, place)
    raise DamagedImage


def header(data: bytes, limits: Limits) -> Header:
    """The size, the orientation and the colour profile.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
        ImageTooLarge: The image exceeds `limits`.
        UnsupportedFormat: The samples do not have 8 bits.
    """
    size: tuple[int, int] | None = None
    scans = 0
    block = b""
    profile: list[bytes] = []
    for marker, start, stop, _ in segments(data):
        if marker in _FRAMES:
            if size is not None:
                raise DamagedImage
            size = _frame(data[start:stop], limits)
        elif marker == _SOS:
            scans += 1
            if scans > limits.scans:
                raise ImageTooLarge(
                    f"The JPEG has more than {limits.scans} scans. Save it as a baseline JPEG, which has one.",
                    limit=limits.scans,
                )
        elif marker == _APP1 and not block and data.startswith(_EXIF, start):
            block = data[start + len(_EXIF) : stop]
        elif marker == _APP2 and not scans and data.startswith(_ICC, start):
            profile.append(data[start + len(_ICC) : stop])
    if size is None or not scans:
        raise DamagedImage
    return Header(JPEG, *size, orientation=exif.orientation(block), exif=block, icc=_assembled(profile))


def _frame(payload: bytes, limits: Limits) -> tuple[int, int]:
    precision, height, width = payload[0], int.from_bytes(payload[1:3]), int.from_bytes(payload[3:5])
    if not width or not height:
        raise DamagedImage
    if precision != 8:  # noqa: PLR2004
        raise UnsupportedFormat(f"The JPEG has {precision} bits per sample. Save it with 8 bits per sample.")
    check_size(width, height, limits)
    return width, height


def _assembled(pieces: list[bytes]) -> bytes:
    """The profile from its numbered pieces; empty if a piece is missing, or if one byte cannot count them."""
    if len(pieces) > _MAX_PIECES:
        return b""
    pieces = sorted(pieces)
    complete = all(piece[:2] == bytes((number, len(pieces))) for number, piece in enumerate(pieces, 1))
    return b"".join(piece[2:] for piece in pieces) if complete else b""


def strip(data: bytes, orientation: int) -> bytes:
    """The file without metadata, up to the end of the image. Many cameras append a second image or a video there.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
    """
    view = memoryview(data)
    first: list[bytes] = []
    rest: list[bytes | memoryview] = []
    scanning = False
    for marker, start, stop, end in segments(data):
        if marker == _APP0 and not first and data.startswith(b"JFIF\0", start) and stop - start >= 14:  # noqa: PLR2004
            # A length of 16 bytes, and no thumbnail.
            first.append(b"\xff\xe0\0\x10" + data[start : start + 12] + b"\0\0")
        elif marker == _APP14 and data.startswith(b"Adobe", start) and stop - start >= 12:  # noqa: PLR2004
            rest.append(b"\xff\xee\0\x0e" + data[start : start + 12])
        elif marker in _NEEDED or (marker == _APP2 and not scanning and data.startswith(_ICC, start)):
            rest.append(view[start - (2 if marker == _EOI else 4) : end])
        scanning = scanning or marker == _SOS
    return b"".join((b"\xff\xd8", *first, _app1(orientation), *rest))


def _app1(orientation: int) -> bytes:
    block = exif.minimal(orientation)
    return b"\xff\xe1" + (len(_EXIF) + len(block) + 2).to_bytes(2) + _EXIF + block if block else b""
