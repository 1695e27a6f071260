"""WebP: chunks in a RIFF container."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from functions.domain.errors import DamagedImage
from functions.domain.formats import WEBP
from functions.domain.limits import Limits
from functions.imaging import exif
from functions.imaging.colours.publish import public
from functions.imaging.colours.statement import Colours
from functions.imaging.header import MAX_PARTS, Header, check_frames, check_size

_ICC, _ALPHA, _EXIF, _ANIMATION = 0x20, 0x10, 0x08, 0x02
"""The flags of an extended file."""
_PIXELS: Final = frozenset((b"ALPH", b"VP8 ", b"VP8L"))
_PUBLIC: Final = _PIXELS | {b"ANIM"}
_FRAME_HEAD: Final = 16


class Chunk(NamedTuple):
    """The place of a chunk in the file."""

    kind: bytes
    start: int
    """The start of the content, after kind and length."""
    stop: int
    """The end of the content. A zero byte follows if its length is odd."""


def chunks(data: bytes, place: int, end: int) -> Iterator[Chunk]:
    """All chunks from `place` to `end`.

    Raises:
        DamagedImage: A chunk extends beyond the end.
    """
    for _ in range(MAX_PARTS):
        if place >= end:
            return
        kind, length = struct.unpack_from("<4sI", data, place)
        start, stop = place + 8, place + 8 + length
        if stop > end:
            break
        yield Chunk(kind, start, stop)
        place = stop + length % 2
    raise DamagedImage


def _body(data: bytes) -> list[Chunk]:
    (length,) = struct.unpack_from("<I", data, 4)
    if length + 8 > len(data):
        raise DamagedImage
    return list(chunks(data, 12, length + 8))


def header(data: bytes, limits: Limits) -> Header:
    """The size, the number of frames, the orientation and the colour profile.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
        ImageTooLarge: The image exceeds `limits`.
    """
    kind, start, flags = data[12:16], 20, 0
    width, height = _SIZES[kind](data, start) if kind in _SIZES else (0, 0)
    if not width or not height:
        raise DamagedImage
    check_size(width, height, limits)
    body = _body(data)
    block = profile = b""
    frames, plays = 1, 0
    if kind == b"VP8X":
        flags = data[start]
        block = exif.without_prefix(_content(data, body, b"EXIF")) if flags & _EXIF else b""
        profile = _content(data, body, b"ICCP") if flags & _ICC else b""
        frames = max(1, sum(chunk.kind == b"ANMF" for chunk in body)) if flags & _ANIMATION else 1
        plays = int.from_bytes(_content(data, body, b"ANIM")[4:6], "little")
        check_frames(frames, width, height, limits)
    return Header(WEBP, width, height, frames, exif.orientation(block), block, Colours(profile), plays)


def _extended_size(data: bytes, start: int) -> tuple[int, int]:
    width, height = (int.from_bytes(data[place : place + 3], "little") + 1 for place in (start + 4, start + 7))
    return width, height


def _lossy_size(data: bytes, start: int) -> tuple[int, int]:
    signature, width, height = struct.unpack_from("<3sHH", data, start + 3)
    return (width & 0x3FFF, height & 0x3FFF) if signature == b"\x9d\x01\x2a" else (0, 0)


def _lossless_size(data: bytes, start: int) -> tuple[int, int]:
    signature, bits = struct.unpack_from("<BI", data, start)
    return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) if signature == 0x2F else (0, 0)  # noqa: PLR2004


_SIZES: Final = {b"VP8X": _extended_size, b"VP8 ": _lossy_size, b"VP8L": _lossless_size}


def _content(data: bytes, body: list[Chunk], kind: bytes) -> bytes:
    return next((data[chunk.start : chunk.stop] for chunk in body if chunk.kind == kind), b"")


def strip(data: bytes, orientation: int) -> bytes:
    """The file without private metadata, up to the end of the image.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
    """
    body = _body(data)
    is_extended = data[12:16] == b"VP8X"
    profile = public(_content(data, body, b"ICCP")) if is_extended and data[20] & _ICC else b""
    pieces: list[bytes | memoryview] = []
    for chunk in body:
        if chunk.kind == b"VP8X":
            head = data[chunk.start : chunk.stop]
            pieces += _chunk(b"VP8X", _extended(head, has_profile=bool(profile), is_turned=orientation != 1))
            if profile:
                pieces += _chunk(b"ICCP", profile)
        elif chunk.kind == b"ANMF":
            pieces += _chunk(b"ANMF", _frame(data, chunk))
        elif chunk.kind in _PUBLIC:
            pieces += _chunk(chunk.kind, memoryview(data)[chunk.start : chunk.stop])
    if orientation != 1:
        pieces += _chunk(b"EXIF", exif.minimal(orientation))
    return b"".join((b"RIFF", struct.pack("<I", 4 + sum(map(len, pieces))), b"WEBP", *pieces))


def _extended(head: bytes, *, has_profile: bool, is_turned: bool) -> bytes:
    """The extended header with flags for the remaining chunks."""
    flags = head[0] & (_ALPHA | _ANIMATION) | has_profile * _ICC | is_turned * _EXIF
    return bytes((flags,)) + b"\0\0\0" + head[4:10]


def _frame(data: bytes, frame: Chunk) -> bytes:
    inside = chunks(data, frame.start + _FRAME_HEAD, frame.stop)
    kept = (piece for kind, start, stop in inside if kind in _PIXELS for piece in _chunk(kind, data[start:stop]))
    return b"".join((data[frame.start : frame.start + _FRAME_HEAD], *kept))


def _chunk(kind: bytes, content: bytes | memoryview) -> tuple[bytes | memoryview, ...]:
    return kind + struct.pack("<I", len(content)), content, b"\0" * (len(content) % 2)
