"""JPEG: marker segments. Entropy-coded data follow each start of scan."""

import re
import struct
from collections.abc import Iterator
from typing import Final

from functions.domain.errors import DamagedImage, ImageTooLarge, UnsupportedFormat
from functions.domain.formats import JPEG
from functions.domain.limits import Limits
from functions.imaging import exif
from functions.imaging.colours.publish import public
from functions.imaging.colours.statement import Colours
from functions.imaging.containers.jpeg_scans import FRAMES, SOS, Segment, has_all_scans
from functions.imaging.header import MAX_PARTS, Header, Place, check_size

_SOI, _EOI, _TEM = 0xD8, 0xD9, 0x01
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_NEEDED: Final = frozenset(range(0xC0, 0xE0))
"""All markers that a decoder needs. The codes above are application data, comments and reserved."""

_MARKER: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""Any marker except restarts. Restarts, and 0xFF bytes before a zero, belong to the entropy-coded data."""

_STEP: Final = 1024 * 1024
"""Bytes of one search. Other threads can run only between two of them."""

_FILL: Final = b"\xff" * 65_536
"""Fill bytes are allowed before a marker. No program writes so many, and Pillow takes quadratic time for them."""

_EXIF: Final = b"Exif\0\0"
_ICC: Final = b"ICC_PROFILE\0"
_MAX_PIECES: Final = 255
_MAX_PIECE: Final = 65_519
"""Bytes of a profile in one segment."""
_GAIN_MAPS: Final = (b"http://ns.adobe.com/hdr-gain-map/1.0/", b"urn:iso:std:iso:ts:21496:-1\0", b":aux:hdrgainmap")
_MAX_IMAGES: Final = 10
"""Images in one file that are searched for a gain map."""


def segments(data: bytes, place: int = 2) -> Iterator[Segment]:
    """All segments after the start of the image. The last one is its end. Bytes between segments are skipped.

    The marker of the end may be missing after a scan, as browsers accept it. The last segment is then at the end of the
    file, and without a marker.

    Args:
        data: The file.
        place: The place after the marker of the image's start.

    Raises:
        DamagedImage: There is no scan before the end of the file, or a segment extends beyond the file.
    """
    scanned = False
    for _ in range(MAX_PARTS):
        match = _find_marker(data, place)
        if match is None:
            if scanned:
                yield Segment(_EOI, len(data), len(data), len(data))
                return
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
        scanned = scanned or marker == SOS
        following = _find_marker(data, stop) if marker == SOS else None
        place = following.start() if following else len(data) if marker == SOS else stop
        yield Segment(marker, start, stop, place)
    raise DamagedImage


def _find_marker(data: bytes, place: int) -> re.Match[bytes] | None:
    for start in range(place, len(data), _STEP):
        match = _MARKER.search(data, start, start + _STEP + 1)
        if match is not None:
            return match
    return None


def header(data: bytes, limits: Limits) -> Header:
    """The size, the orientation, the colour profile and the gain map.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
        ImageTooLarge: The image exceeds `limits`.
        UnsupportedFormat: The samples do not have 8 bits.
    """
    frames: list[bytes] = []
    scans = 0
    block = b""
    end = len(data)
    for marker, start, stop, _ in segments(data):
        if marker in FRAMES:
            frames.append(data[start:stop])
            _check_frames(frames, limits)
        elif marker == SOS:
            scans += 1
            _check_scans(scans, limits)
        elif marker == _APP1 and not block and data.startswith(_EXIF, start):
            block = data[start + len(_EXIF) : stop]
        elif marker == _EOI:
            end = start
    if not frames or not scans or data.find(_FILL, 0, end) >= 0:
        raise DamagedImage
    open_ended = not data.endswith(b"\xff\xd9", 0, end)
    if open_ended and not has_all_scans(segments(data), data):
        raise DamagedImage
    return Header(
        JPEG,
        *_size(frames[0]),
        orientation=exif.orientation(block),
        exif=block,
        colours=Colours(_profile(data)),
        open_ended=open_ended,
        counted=() if open_ended else gain_map(data, end),
    )


def _check_frames(frames: list[bytes], limits: Limits) -> None:
    """Check the last one of the frames: a file has one."""
    width, height = _size(frames[-1])
    if len(frames) > 1 or not width or not height:
        raise DamagedImage
    precision = frames[-1][0]
    if precision != 8:  # noqa: PLR2004
        raise UnsupportedFormat(f"The JPEG has {precision} bits per sample. Save it with 8 bits per sample.")
    check_size(width, height, limits)


def _check_scans(count: int, limits: Limits) -> None:
    if count > limits.scans:
        raise ImageTooLarge(
            f"The JPEG has more than {limits.scans} scans. Save it as a baseline JPEG, which has one.",
            limit=limits.scans,
        )


def _size(frame: bytes) -> tuple[int, int]:
    height, width = struct.unpack_from(">HH", frame, 1)
    return width, height


def _profile(data: bytes) -> bytes:
    """The colour profile before the first scan.

    It comes in numbered pieces. Empty if there is none, if a piece is missing, or if one byte cannot count them.
    """
    found: set[bytes] = set()  # some programs write the same piece twice, and browsers accept it
    for marker, start, stop, _ in segments(data):
        if marker == SOS:
            break
        if marker == _APP2 and data.startswith(_ICC, start):
            found.add(data[start + len(_ICC) : stop])
    if len(found) > _MAX_PIECES:
        return b""
    pieces = sorted(found)
    complete = all(piece[:2] == bytes((number, len(pieces))) for number, piece in enumerate(pieces, 1))
    return b"".join(piece[2:] for piece in pieces) if complete else b""


def strip(data: bytes, orientation: int) -> bytes:
    """The file without private metadata, from the start to the end of the image.

    Many cameras append a second image or a video there.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
    """
    return b"".join((b"\xff\xd8", *_kept(data, orientation), b"\xff\xd9"))


def _kept(data: bytes, orientation: int) -> Iterator[bytes | memoryview]:
    """The segments of the file that stay, without its start and its end."""
    view = memoryview(data)
    jfif = b""
    rest: list[bytes | memoryview] = []
    for marker, start, stop, end in segments(data):
        if marker == _APP0 and not jfif and data.startswith(b"JFIF\0", start) and stop - start >= 14:  # noqa: PLR2004
            # A length of 16 bytes, and no thumbnail.
            jfif = b"\xff\xe0\0\x10" + data[start : start + 12] + b"\0\0"
        elif marker == _APP14 and data.startswith(b"Adobe", start) and stop - start >= 12:  # noqa: PLR2004
            rest.append(b"\xff\xee\0\x0e" + data[start : start + 12])
        elif marker in _NEEDED and marker != _EOI:
            rest.append(view[start - 4 : end])
    yield jfif
    yield _app1(orientation)
    yield from _app2(public(_profile(data)))
    yield from rest


def _app1(orientation: int) -> bytes:
    block = exif.minimal(orientation)
    return b"\xff\xe1" + (len(_EXIF) + len(block) + 2).to_bytes(2) + _EXIF + block if block else b""


def _app2(profile: bytes) -> Iterator[bytes]:
    """The profile in numbered segments."""
    pieces = [profile[place : place + _MAX_PIECE] for place in range(0, len(profile), _MAX_PIECE)]
    for number, piece in enumerate(pieces, 1):
        content = _ICC + bytes((number, len(pieces))) + piece
        yield b"\xff\xe2" + (len(content) + 2).to_bytes(2) + content


def gain_map(data: bytes, place: int) -> tuple[Place, ...]:
    """The places of the coded gain map behind the image, and of what says how it is applied.

    A gain map is a second JPEG, from which a display of high dynamic range computes brighter highlights. Its metadata
    name it: those of Ultra HDR and of Adobe, of ISO 21496-1, or of Apple.

    Args:
        data: The file.
        place: The end of the first image.
    """
    for _ in range(_MAX_IMAGES):
        start = data.find(b"\xff\xd8\xff", place)
        if start < 0:
            break
        try:
            found = list(segments(data, start + 2))
        except DamagedImage:
            break
        notes = [
            each
            for each in found
            if each.marker in (_APP1, _APP2) and any(name in data[each.start : each.stop] for name in _GAIN_MAPS)
        ]
        if notes:
            pixels = [each for each in found if each.marker in _NEEDED]
            return tuple((each.start, each.end) for each in (*notes, *pixels))
        place = found[-1].end
    return ()
