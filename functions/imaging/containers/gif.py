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
_PROFILE: Final = b"ICCRGBG1012"
MAX_SUB_BLOCKS: Final = 1_000_000
"""The most sub-blocks of one file. All programs fill the sub-blocks, so a file of 100 MiB has 411,000."""


class Block(NamedTuple):
    """The place of a block in the file."""

    kind: int
    start: int
    end: int


def blocks(data: bytes) -> Iterator[Block]:
    """All blocks. The last one is the trailer.

    Raises:
        DamagedImage: The kind of a block is unknown, or there are more blocks than in any real file.
        IndexError: The trailer is missing.
    """
    place = 13 + _table(data[10])
    steps = MAX_SUB_BLOCKS
    for _ in range(MAX_PARTS):
        kind, start = data[place], place
        if kind == _TRAILER:
            yield Block(kind, start, start + 1)
            return
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
    """The size and the number of frames. As in browsers, the first frame may be larger than the screen; others not.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
        ImageTooLarge: The image exceeds `limits`.
    """
    width, height = struct.unpack_from("<HH", data, 6)
    check_size(width, height, limits)
    frames = 0
    for kind, start, _ in blocks(data):
        if kind == _IMAGE:
            left, top, wide, high = struct.unpack_from("<HHHH", data, start + 1)
            frames += 1
            if frames == 1:
                width, height = max(width, left + wide), max(height, top + high)
                check_size(width, height, limits)
            elif left + wide > width or top + high > height:
                raise DamagedImage
            check_frames(frames, width, height, limits)
    if not frames or not width or not height:
        raise DamagedImage
    return Header(GIF, width, height, frames)


def strip(data: bytes, _orientation: int) -> bytes:
    """The file without comments, texts and private extensions, up to its trailer. A GIF has no orientation.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
    """
    view = memoryview(data)
    pieces: list[bytes | memoryview] = [view[: 13 + _table(data[10])]]
    for kind, start, end in blocks(data):
        pieces.append(_public_extension(data[start:end]) if kind == _EXTENSION else view[start:end])
    return b"".join(pieces)


def _public_extension(extension: bytes) -> bytes:
    """The part of an extension that affects how the image looks; often nothing."""
    label, size = extension[1], extension[2]
    if label == _GRAPHIC_CONTROL and size == 4:  # noqa: PLR2004
        return extension[:7] + b"\0"
    if label == _APPLICATION and size == len(_PROFILE):
        name = extension[3:14]
        if name in _LOOPS and extension[14:16] == b"\3\1":
            return extension[:18] + b"\0"
        if name == _PROFILE:
            return extension
    return b""
