"""PNG and APNG: chunks, each with its checksum."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from functions.domain.errors import DamagedImage
from functions.domain.formats import PNG
from functions.domain.limits import Limits
from functions.imaging import exif
from functions.imaging.header import MAX_PARTS, Header, check_frames, check_size

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
PIXELS: Final = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"))
"""What a decoder needs. It is never shown the rest, so that no compressed text or profile can hurt it."""
PUBLIC: Final = PIXELS | {
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs", b"sPLT", b"hIST"),
}
"""What says how the pixels are to look, too."""

MAX_PROFILE: Final = 4 * 1024 * 1024
"""Bytes of a colour profile when unpacked; a larger one is a bomb."""

_CHANNELS: Final = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}
_DEEP: Final = 16


class Chunk(NamedTuple):
    """One chunk's place in the file."""

    kind: bytes
    start: int
    """Of the content, behind length and kind."""
    stop: int
    """Of the content; the checksum's four bytes follow."""


def chunks(data: bytes) -> Iterator[Chunk]:
    """All chunks up to the end, which is the last.

    Raises:
        DamagedImage: the end is missing, a checksum of pixels is wrong, or a chunk is needed that nobody knows.
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
        elif not kind[0] & 0x20:  # an upper-case kind that is none of ours
            break
        yield Chunk(kind, start, stop)
        if kind == b"IEND":
            return
    raise DamagedImage


def header(data: bytes, limits: Limits) -> Header:
    """Size, frames, orientation and profile.

    Raises:
        DamagedImage: the file is truncated, or its structure is broken.
        ImageTooLarge: it exceeds `limits`.
    """
    width, height, deep = _first(data, limits)
    announced, controls, still = 0, 0, 0
    pixels = False
    block = profile = b""
    for kind, start, stop in chunks(data):
        if kind == b"IDAT" and not pixels:
            pixels = True
            still = int(not controls)  # pixels that no frame claims are a picture of their own
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
    if not pixels or announced != controls:
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
    """Width, height and deep channels out of the first chunk."""
    length, kind, width, height, depth, colour = struct.unpack_from(">I4sIIBB", data, len(SIGNATURE))
    if kind != b"IHDR" or length != 13 or not width or not height:  # noqa: PLR2004
        raise DamagedImage
    check_size(width, height, limits)
    return width, height, _CHANNELS.get(colour, "") if depth == _DEEP else ""


def _unpacked(content: bytes) -> bytes:
    """The profile in an iCCP chunk; empty when it is broken or a bomb."""
    packed = content.partition(b"\0")[2][1:]
    unpack = zlib.decompressobj()
    try:
        profile = unpack.decompress(packed, MAX_PROFILE)
    except zlib.error:
        return b""
    return profile if unpack.eof else b""


def transparency(data: bytes) -> bytes:
    """The content of the tRNS chunk; empty when there is none."""
    return next((data[start:stop] for kind, start, stop in chunks(data) if kind == b"tRNS"), b"")


def strip(data: bytes, orientation: int, keep: frozenset[bytes] = PUBLIC) -> bytes:
    """The same picture with no other chunks than those, and with its orientation.

    Raises:
        DamagedImage: the file is truncated, or its structure is broken.
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
