"""Files whose samples are to be read as other colours than sRGB, made by hand or by other programs."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from tests import photos

LEVELS = (0, 10, 30, 64, 100, 128, 150, 165, 180, 192, 210, 230, 255)
COLOURS = (*((each, each, each) for each in LEVELS), (230, 20, 10), (20, 230, 10), (10, 20, 230), (200, 120, 60))
"""A grey scale and some strong colours."""
SIDE = 8
"""Pixels of the square of one colour."""

P3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
SRGB = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
"""Contents of `cHRM` chunks."""


def chart() -> Image.Image:
    """Squares of `COLOURS` in a row."""
    image = Image.new("RGB", (SIDE * len(COLOURS), SIDE))
    for number, colour in enumerate(COLOURS):
        image.paste(colour, (SIDE * number, 0, SIDE * (number + 1), SIDE))
    return image


def squares(image: Image.Image) -> list[tuple[int, ...]]:
    """The colour in the middle of each square."""
    rgb = image.convert("RGB")
    return [rgb.getpixel((SIDE * number + SIDE // 2, SIDE // 2)) for number in range(len(COLOURS))]  # type: ignore[misc]


def png_with(*chunks: tuple[bytes, bytes], image: Image.Image | None = None) -> bytes:
    """A PNG of the chart, or of another image, with these chunks before its pixels."""
    data = photos.png(image or chart())
    return data[:33] + b"".join(photos.png_chunk(*each) for each in chunks) + data[33:]


def gamma(value: int) -> tuple[bytes, bytes]:
    """A `gAMA` chunk."""
    return b"gAMA", struct.pack(">I", value)


def cicp(primaries: int, transfer: int, matrix: int = 0, full_range: int = 1) -> tuple[bytes, bytes]:
    """A `cICP` chunk."""
    return b"cICP", bytes((primaries, transfer, matrix, full_range))


def icc(profile: bytes) -> tuple[bytes, bytes]:
    """An `iCCP` chunk."""
    return b"iCCP", b"name\0\0" + zlib.compress(profile)


def opened(data: bytes) -> Image.Image:
    """The decoded image."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


def grey_png(samples: Sequence[int], depth: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A grey PNG of 16 equal rows of samples with `depth` bits."""
    bits = "".join(format(each, f"0{depth}b") for each in samples)
    rows = (b"\0" + int(bits, 2).to_bytes(len(bits) // 8)) * 16
    header = struct.pack(">IIBBBBB", len(samples), 16, depth, 0, 0, 0, 0)
    pieces = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return photos.PNG_SIGNATURE + b"".join(photos.png_chunk(*each) for each in pieces)
