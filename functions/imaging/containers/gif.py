"""GIF: a screen, then blocks. Each block has its bytes in sub-blocks of at most 255 bytes."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from functions.domain.errors import DamagedImage
from functions.domain.formats import GIF
from functions.domain.limits import Limits
from functions.imaging.header import MAX_PARTS, Header, check_frames, check_size

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_TRANSPARENT: Final = (
    b"\x21\xf9\4\5\0\0\0\0"  # the colour 0 is transparent, and the frame stays
    b"\x2c\0\0\0\0\1\0\1\0\x80" + bytes(6) + b"\2\2\x44\1\0"
)
"""A frame of one transparent pixel, with a colour table of its own."""
MAX_SUB_BLOCKS: Final = 1_000_000
"""The most sub-blocks of one file. All programs fill the sub-blocks, so a file of 100 MiB has 411,000."""


class Block(NamedTuple):
    """The place of a block in the file."""

    kind: int
    start: int
    end: int


def blocks(data: bytes) -> Iterator[Block]:
    """All blocks up to the trailer, without the trailer itself.

    As in browsers, the trailer may be missing, and there may be zero bytes between blocks.

    Raises:
        DamagedImage: The kind of a block is unknown, or there are more blocks than in any real file.
        IndexError: The file ends within a block.
    """
    place = 13 + _table(data[10])
    steps = MAX_SUB_BLOCKS
    for _ in range(MAX_PARTS):
        while steps and data[place : place + 1] == b"\0":
            place += 1
            steps -= 1
        if place >= len(data) or data[place] == _TRAILER:
            return
        kind, start = data[place], place
        if kind not in (_IMAGE, _EXTENSION):
            break
        place += 2 if kind == _EXTENSION else 11 + _table(data[place + 9])
        while steps and (size := data[place]):
            place += size + 1
            steps -= 1
        place += 1
        yield Block(kind, start, place)
    raise DamagedImage


def _table(flags: int) -> int:
    """The size in bytes of the colour table that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def header(data: bytes, limits: Limits) -> Header:
    """The size, the number of frames, and how often an animation is shown.

    As in browsers, a first frame larger than the screen enlarges it, and other frames are cut to it.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
        ImageTooLarge: The image exceeds `limits`.
    """
    width, height = canvas = struct.unpack_from("<HH", data, 6)
    frames, plays = 0, 1
    for kind, start, end in blocks(data):
        if kind == _IMAGE:
            left, top, wide, high = struct.unpack_from("<HHHH", data, start + 1)
            canvas = max(canvas[0], left + wide), max(canvas[1], top + high)
            check_size(*canvas, limits)
            frames += 1
            check_frames(frames, *canvas, limits)
            if frames == 1:
                width, height = canvas
        elif loops := _public_loops(data[start:end]):
            # A browser shows the frames once, and then repeats them as often as the file says.
            repetitions = int.from_bytes(loops[16:18], "little")
            plays = repetitions + 1 if repetitions else 0
    if not frames or not width or not height:
        raise DamagedImage
    return Header(GIF, width, height, frames, plays=plays)


def decodable(data: bytes, size: tuple[int, int]) -> tuple[bytes, int]:
    """The file in a form that Pillow shows as browsers do.

    Pillow fills what the first frame leaves open with a colour, where browsers leave it transparent. So a transparent
    frame of one pixel comes first if there is such a part. The screen is large enough for all frames: otherwise Pillow
    enlarges the picture when it comes to one that is outside.

    Args:
        data: The file.
        size: The size of the image in pixels.

    Returns:
        The file, and the number of frames to skip.
    """
    width, height = size
    covered = None
    for kind, start, _ in blocks(data):
        if kind == _IMAGE:
            left, top, wide, high = struct.unpack_from("<HHHH", data, start + 1)
            width, height = max(width, left + wide), max(height, top + high)
            if covered is None:
                covered = (left, top, wide, high) == (0, 0, *size)
    head = data[:6] + struct.pack("<HH", width, height) + data[10 : 13 + _table(data[10])]
    kept = strip(data, 1)[len(head) :]
    return (head + kept, 0) if covered else (head + _TRANSPARENT + kept, 1)


def strip(data: bytes, _orientation: int) -> bytes:
    """The file without comments, texts and private extensions, with its trailer. A GIF has no orientation.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
    """
    view = memoryview(data)
    pieces: list[bytes | memoryview] = [view[: 13 + _table(data[10])]]
    for kind, start, end in blocks(data):
        pieces.append(_public_extension(data[start:end]) if kind == _EXTENSION else view[start:end])
    return b"".join((*pieces, bytes((_TRAILER,))))


def _public_extension(extension: bytes) -> bytes:
    """The part of an extension that affects how the image looks; often nothing."""
    if extension[1] == _GRAPHIC_CONTROL and extension[2] == 4:  # noqa: PLR2004
        return extension[:7] + b"\0"
    return _public_loops(extension)


def _public_loops(extension: bytes) -> bytes:
    """The extension that says how often an animation is repeated; nothing if it is another one."""
    name = extension[3:14] if extension[1] == _APPLICATION and extension[2] == 11 else b""  # noqa: PLR2004
    return extension[:18] + b"\0" if name in _LOOPS and extension[14:16] == b"\3\1" else b""
