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
from functions.imaging.colours import cicp, gamma
from functions.imaging.colours.icc import MAX_PROFILE
from functions.imaging.colours.publish import public
from functions.imaging.colours.statement import Colours
from functions.imaging.header import MAX_PARTS, Header, check_frames, check_size

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
PIXELS: Final = frozenset((b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"acTL", b"fcTL", b"fdAT"))
"""The chunks that a decoder needs. It gets no others, so compressed texts and profiles cannot harm it."""
PUBLIC: Final = PIXELS | {
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs", b"hIST"),
}
"""These, and the chunks that affect how the pixels look. A suggested palette (`sPLT`) does not, and it has a name."""

_FRAMES: Final = frozenset((b"IDAT", b"fdAT"))
_CHANNELS: Final = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}
_KEYED: Final = frozenset((0, 2))
"""The colour types, grey and RGB, for which `tRNS` has one transparent colour."""
_DEEP: Final = 16
_SHOWN: Final = (PUBLIC - PIXELS) | {b"eXIf"}
_COLOURS: Final = frozenset((b"iCCP", b"cICP", b"sRGB", b"gAMA", b"cHRM"))
_END: Final = b"\0\0\0\0IEND\xae\x42\x60\x82"
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
    """All chunks up to the end, without the end itself.

    The file may lack its end, or be cut within the chunks after its pixels, as browsers accept it. The last chunk of
    pixels may be cut too: the decoder finds out whether all pixels are there.

    Raises:
        DamagedImage: A checksum of pixels is wrong, or a critical chunk is unknown.
    """
    place = len(SIGNATURE)
    view = memoryview(data)
    for _ in range(MAX_PARTS):
        head = data[place : place + 8]
        if len(head) < 8:  # noqa: PLR2004 - length and kind
            return
        length, kind = struct.unpack(">I4s", head)
        start, stop = place + 8, place + 8 + length
        place = stop + 4
        if kind == b"IEND":
            return
        if place > len(data):
            if kind in _FRAMES:
                yield Chunk(kind, start, min(stop, len(data)))
            return
        if kind in PIXELS:
            if zlib.crc32(view[start - 4 : stop]) != int.from_bytes(view[stop:place]):
                break
        elif not kind[0] & 0x20:  # an upper-case letter marks a critical chunk
            break
        elif kind in _SHOWN and zlib.crc32(view[start - 4 : stop]) != int.from_bytes(view[stop:place]):
            continue  # browsers ignore it
        yield Chunk(kind, start, stop)
    raise DamagedImage


def header(data: bytes, limits: Limits) -> Header:
    """The size, the number of frames, the orientation and the colours.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
        ImageTooLarge: The image exceeds `limits`.
    """
    width, height, depth, colour = _first(data, limits)
    announced, plays, controls, still = 0, 0, 0, 0
    pixels = is_turned = False
    block = key = b""
    colours: dict[bytes, bytes] = {}
    for kind, start, stop in chunks(data):
        if kind == b"IDAT" and not pixels:
            pixels = True
            still = int(not controls)  # pixels before the first frame are a separate still image
        elif kind == b"acTL":
            if announced or pixels:
                raise DamagedImage
            announced, plays = struct.unpack_from(">II", data, start)
            check_frames(announced, width, height, limits)
        elif kind == b"fcTL":
            controls += 1
        elif kind == b"eXIf" and not block:
            block = exif.without_prefix(data[start:stop])
            is_turned = not pixels and len(block) == stop - start  # otherwise browsers do not turn the picture
        elif kind in _COLOURS and not pixels:
            colours.setdefault(kind, data[start:stop])
        elif kind == b"tRNS" and colour in _KEYED:
            key = data[start:stop]
    if not pixels or announced != controls or not _has_colours(data):
        raise DamagedImage
    return Header(
        PNG,
        width,
        height,
        frames=announced + still,
        orientation=exif.orientation(block) if is_turned else 1,
        exif=block,
        colours=_colours(colours),
        plays=plays,
        depth=depth,
        deep=_CHANNELS.get(colour, "") if depth == _DEEP else "",
        key=key if len(key) == (2 if colour == 0 else 6) else b"",
    )


def _first(data: bytes, limits: Limits) -> tuple[int, int, int, int]:
    """Width, height, bits of a sample and colour type, from the first chunk."""
    length, kind, width, height, depth, colour = struct.unpack_from(">I4sIIBB", data, len(SIGNATURE))
    if kind != b"IHDR" or length != 13 or not width or not height:  # noqa: PLR2004
        raise DamagedImage
    check_size(width, height, limits)
    return width, height, depth, colour


def _colours(found: dict[bytes, bytes]) -> Colours:
    """What the chunks say about colours, in the order of precedence of the PNG specification (third edition, 4.3)."""
    points = found.get(b"cICP", b"")
    space = cicp.of_png(*points) if len(points) == 4 else None  # noqa: PLR2004
    if space is not None:
        return Colours(space=space)
    profile = _unpacked(found[b"iCCP"]) if b"iCCP" in found else b""
    if b"sRGB" in found:
        return Colours(profile)
    return Colours(profile, gamma.of_png(found.get(b"gAMA", b""), found.get(b"cHRM", b"")))


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
    is_whole = unpack.eof and profile[:4] == len(profile).to_bytes(4)  # libpng, and so browsers, require both
    return profile if is_whole else b""


def strip(data: bytes, orientation: int, keep: frozenset[bytes] = PUBLIC) -> bytes:
    """The file with only the chunks in `keep`, its orientation, and its end.

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
        if kind == b"iCCP" and kind in keep:
            pieces.append(_profile(data[start:stop]))
        elif kind in keep:
            whole = int.from_bytes(view[start - 8 : start - 4]) == stop - start and stop + 4 <= len(data)
            pieces.append(view[start - 8 : stop + 4] if whole else _chunk(kind, data[start:stop]))
    return b"".join((*pieces, _END))


def _profile(content: bytes) -> bytes:
    """The chunk of a profile without what is private in it; nothing if viewers ignore the profile."""
    profile = public(_unpacked(content))
    return _chunk(b"iCCP", b"ICC\0\0" + zlib.compress(profile)) if profile else b""


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
