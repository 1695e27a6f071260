"""PNG and APNG: chunks, each with a checksum."""

import struct
import zlib
from collections.abc import Iterator
from itertools import takewhile
from typing import Final, NamedTuple

from functions.domain.errors import DamagedImage
from functions.domain.formats import PNG
from functions.domain.limits import Limits
from functions.imaging import exif
from functions.imaging.header import MAX_PARTS, Header, check_frames, check_size

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
PIXELS: Final = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"))
"""The chunks that a decoder needs. It gets no others, so compressed texts and profiles cannot harm it."""
PUBLIC: Final = PIXELS | {
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs", b"sPLT", b"hIST"),
}
"""These, and the chunks that affect how the pixels look."""

MAX_PROFILE: Final = 4 * 1024 * 1024
"""Bytes of an unpacked colour profile. A larger one is a decompression bomb."""

_CHANNELS: Final = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}
_DEEP: Final = 16
_COLOUR_TYPE: Final = 25
"""The place of this byte in the file."""
_INDEXED: Final = 3
_LARGEST_PALETTE: Final = 3 * 256
"""Bytes."""


class Chunk(NamedTuple):
    """The place of a chunk in the file."""

    kind: bytes
    start: int
    """The start of the content, after length and kind."""
    stop: int
    """The end of the content. Four bytes of checksum follow."""


def chunks(data: bytes) -> Iterator[Chunk]:
    """All chunks. The last one is the end.

    Raises:
        DamagedImage: The end is missing, a checksum of pixels is wrong, or a critical chunk is unknown.
    """
    place = len(SIGNATURE)
    view = memoryview(data)
    for _ in range(MAX_PARTS):
        length, kind = struct.unpack_from(">I4s", data, place)
        start, stop = place + 8, place + 8 + length
        place = stop + 4
        if place > len(data):
            break
        if kind in PIXELS:
            if zlib.crc32(view[start - 4 : stop]) != int.from_bytes(view[stop:place]):
                break
        elif not kind[0] & 0x20:  # an upper-case letter marks a critical chunk
            break
        yield Chunk(kind, start, stop)
        if kind == b"IEND":
            return
    raise DamagedImage


def header(data: bytes, limits: Limits) -> Header:
    """The size, the number of frames, the orientation and the colour profile.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
        ImageTooLarge: The image exceeds `limits`.
    """
    width, height, deep = _first(data, limits)
    announced, controls, still = 0, 0, 0
    pixels = False
    block = profile = b""
    for kind, start, stop in chunks(data):
        if kind == b"IDAT" and not pixels:
            pixels = True
            still = int(not controls)  # pixels before the first frame are a separate still image
        elif kind == b"acTL":
            if announced or pixels:
                raise DamagedImage
            announced = int.from_bytes(data[start : start + 4])
            check_frames(announced, width, height, limits)
        elif kind == b"fcTL":
            controls += 1
        elif kind == b"eXIf" and not block:
            block = exif.without_prefix(data[start:stop])
        elif kind == b"iCCP" and not pixels:
            profile = _unpacked(data[start:stop])
    if not pixels or announced != controls or not _has_colours(data):
        raise DamagedImage
    return Header(
        PNG,
        width,
        height,
        frames=announced + still,
        orientation=exif.orientation(block),
        exif=block,
        icc=profile,
        deep=deep,
    )


def _first(data: bytes, limits: Limits) -> tuple[int, int, str]:
    """Width, height and deep channels from the first chunk."""
    length, kind, width, height, depth, colour = struct.unpack_from(">I4sIIBB", data, len(SIGNATURE))
    if kind != b"IHDR" or length != 13 or not width or not height:  # noqa: PLR2004
        raise DamagedImage
    check_size(width, height, limits)
    return width, height, _CHANNELS.get(colour, "") if depth == _DEEP else ""


def _has_colours(data: bytes) -> bool:
    """Whether there is a valid palette before the pixels, if these are numbers of colours in a palette."""
    first = takewhile(lambda chunk: chunk.kind != b"IDAT", chunks(data))
    return data[_COLOUR_TYPE] != _INDEXED or any(
        kind == b"PLTE" and 0 < stop - start <= _LARGEST_PALETTE and (stop - start) % 3 == 0
        for kind, start, stop in first
    )


def _unpacked(content: bytes) -> bytes:
    """The profile in an iCCP chunk; empty if it is broken or too large."""
    packed = content.partition(b"\0")[2][1:]
    unpack = zlib.decompressobj()
    try:
        profile = unpack.decompress(packed, MAX_PROFILE)
    except zlib.error:
        return b""
    return profile if unpack.eof else b""


def transparency(data: bytes) -> bytes:
    """The content of the tRNS chunk; empty if there is none."""
    return next((data[start:stop] for kind, start, stop in chunks(data) if kind == b"tRNS"), b"")


def strip(data: bytes, orientation: int, keep: frozenset[bytes] = PUBLIC) -> bytes:
    """The file with only the chunks in `keep` and its orientation.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
    """
    view = memoryview(data)
    pieces: list[bytes | memoryview] = [SIGNATURE]
    turned = orientation == 1
    for kind, start, stop in chunks(data):
        if kind == b"IDAT" and not turned:
            pieces.append(_chunk(b"eXIf", exif.minimal(orientation)))
            turned = True
        if kind in keep:
            pieces.append(view[start - 8 : stop + 4])
    return b"".join(pieces)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
