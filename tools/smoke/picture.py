"""An image of random pixels. No run finds an earlier one's: each has another id."""

import hashlib
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WIDTH: Final = 400
HEIGHT: Final = 300
CONTENT_TYPE: Final = "image/png"
_BLOCK: Final = 10
"""Pixels of one random colour in each direction, so that the file is small."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file with a picture."""

    path: Path
    data: bytes

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file (hexadecimal)."""
        return hashlib.sha256(self.data).hexdigest()


def random_picture(path: Path) -> Picture:
    """Write a PNG of `WIDTH` x `HEIGHT` random pixels to that path."""
    data = _png(b"".join(_row() * _BLOCK for _ in range(HEIGHT // _BLOCK)))
    path.write_bytes(data)
    return Picture(path, data)


def _row() -> bytes:
    """One row of pixels, after the byte that names its filter (none)."""
    colours = (os.urandom(3) for _ in range(WIDTH // _BLOCK))
    return b"\0" + b"".join(each * _BLOCK for each in colours)


def _png(rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)  # 8 bits of red, green and blue
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
