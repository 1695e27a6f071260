"""The largest images that pass the gate, in the forms that need most memory to decode."""

import struct
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any, Final

import pillow_heif
from PIL import Image

from functions.domain.limits import HTTP_LIMITS
from tools.bench.photos import jpeg_below, photo

_TILE: Final = (2040, 1530)
_TILES: Final = 4
"""Tiles in each row and each column: 8160 x 6120 pixels."""
_FRAMES: Final = 4
"""The most that the gate allows at this size."""
_FEW_COLOURS: Final = [value & 0xC0 for value in range(256)]


@cache
def _picture() -> Image.Image:
    tile = photo(*_TILE)
    picture = Image.new("RGB", (_TILE[0] * _TILES, _TILE[1] * _TILES))
    for number in range(_TILES * _TILES):
        picture.paste(tile, (number % _TILES * _TILE[0], number // _TILES * _TILE[1]))
    return picture


def _translucent() -> Image.Image:
    """The picture with an alpha channel, in few colours, so that its file is small enough for the gate."""
    picture = _picture().point(_FEW_COLOURS * 3)
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return picture


def _deep_png() -> bytes:
    """A PNG with 16 bits per channel and alpha. All rows are equal, so the file is very small."""
    width, height = _picture().size
    row = b"\0" + struct.pack(">4H", 1, 2, 3, 40_000) * width
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _animation(name: str, **options: Any) -> bytes:
    """An animation. Its frames differ in all pixels, so each is a whole picture."""
    size = _picture().size
    frames = [Image.linear_gradient("L").rotate(90 * number).resize(size) for number in range(_FRAMES)]
    return _saved(frames[0], name, save_all=True, append_images=frames[1:], duration=100, **options)


def _saved(picture: Image.Image, name: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, name, **options)
    return file.getvalue()


def _heic() -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(_picture()).save(file, quality=30, enc_params={"preset": "ultrafast"})
    return file.getvalue()


LARGEST: Final[dict[str, Callable[[], bytes]]] = {
    "a baseline JPEG": lambda: jpeg_below(_picture(), HTTP_LIMITS.bytes),
    "a progressive JPEG, 4:4:4": lambda: jpeg_below(
        _picture(), HTTP_LIMITS.bytes, subsampling="4:4:4", progressive=True
    ),
    "a PNG with alpha": lambda: _saved(_translucent(), "PNG", compress_level=3),
    "a PNG of 16 bits a channel with alpha": _deep_png,
    "a WebP with alpha": lambda: _saved(_translucent(), "WEBP", method=1, quality=30),
    "an animated GIF": lambda: _animation("GIF"),
    "an animated WebP": lambda: _animation("WEBP", method=0, quality=50),
    "an AVIF": lambda: _saved(_picture(), "AVIF", speed=10, quality=60),
    "a HEIC": _heic,
}
