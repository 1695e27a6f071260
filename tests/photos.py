"""Generated photos for tests: always the same, in every format, and some hostile files."""

import struct
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from fractions import Fraction
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageDraw
from PIL.TiffImagePlugin import IFDRational

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

Saver = Callable[..., bytes]
"""A function that encodes a picture as a file."""


def photo(width: int = 320, height: int = 240, seed: int = 0) -> Image.Image:
    """An RGB picture that resembles a photo: it has gradients, textures of every scale, hard edges and some noise."""
    random = np.random.default_rng([seed, width, height])
    picture = _noise(random, 4, 3, (width, height))
    for cells, share in ((16, 0.4), (64, 0.3), (256, 0.25)):
        across, down = min(cells, width), min(cells * 3 // 4, height)
        picture = Image.blend(picture, _noise(random, across, down, (width, height)), share)
    _draw_edges(picture, random)
    return Image.blend(picture, _noise(random, width, height, (width, height)), 0.03)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """An RGB picture of noise. It cannot be compressed: as PNG, it has three bytes a pixel."""
    return _noise(np.random.default_rng([seed, width, height]), width, height, (width, height))


def _noise(random: np.random.Generator, across: int, down: int, size: tuple[int, int]) -> Image.Image:
    cells = Image.frombytes("RGB", (across, down), random.bytes(across * down * 3))
    return cells if cells.size == size else cells.resize(size, Image.Resampling.BICUBIC)


def _draw_edges(picture: Image.Image, random: np.random.Generator) -> None:
    draw = ImageDraw.Draw(picture)
    for shape in (draw.ellipse, draw.rectangle, draw.line) * 2:
        (left, right), (top, bottom) = (sorted(random.integers(0, side, 2).tolist()) for side in picture.size)
        colour = tuple(random.integers(0, 256, 3).tolist())
        shape((left, top, right, bottom), fill=colour)


# --- one function per format ----------------------------------------------------------------------------------------


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    """JPEG of quality 90; `exif`, `icc_profile`, `progressive`, `comment` and so on are options of Pillow."""
    return _saved(image or photo(), "JPEG", {"quality": 90} | options)


def png(image: Image.Image | None = None, **options: Any) -> bytes:
    return _saved(image or photo(), "PNG", {"compress_level": 3} | options)


def webp(image: Image.Image | None = None, **options: Any) -> bytes:
    return _saved(image or photo(), "WEBP", {"method": 0} | options)


def avif(image: Image.Image | None = None, **options: Any) -> bytes:
    return _saved(image or photo(), "AVIF", {"speed": 10} | options)


def gif(frames: Sequence[Image.Image] | None = None, **options: Any) -> bytes:
    """GIF of those frames, 100 ms each."""
    return animated("GIF", frames, **options)


def animated(name: str, frames: Sequence[Image.Image] | None = None, **options: Any) -> bytes:
    """Frames (three by default), 100 ms each, as "GIF", "PNG", "WEBP" or "AVIF"."""
    first, *others = frames or [photo(120, 90, seed) for seed in range(3)]
    return _saved(first, name, {"save_all": True, "append_images": others, "duration": 100, "loop": 0} | options)


def heic(image: Image.Image | None = None, **options: Any) -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(image or photo()).save(file, **{"quality": 80} | options)
    return file.getvalue()


def png_deep(values: NDArray[np.uint16]) -> bytes:
    """PNG of 16 bits a channel, from an array of height × width × 1 to 4 channels."""  # noqa: RUF002
    height, width, channels = values.shape
    rows = b"".join(b"\0" + row.tobytes() for row in values.astype(">u2"))
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    return _png_of(struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0), zlib.compress(rows, 1))


def _saved(image: Image.Image, name: str, options: dict[str, Any]) -> bytes:
    file = BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


# --- metadata -------------------------------------------------------------------------------------------------------


def exif_bytes(
    *,
    taken_at: datetime | None = None,
    camera: tuple[str, str] | None = None,
    gps: tuple[float, float] | None = None,
    orientation: int | None = None,
    tags: dict[int, Any] | None = None,
) -> bytes:
    """An EXIF block with its prefix, for the option `exif` of Pillow.

    `camera` is make and model, `gps` is latitude and longitude in degrees, `tags` are further tags of the Exif IFD.
    """
    exif = Image.Exif()
    if orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
    if camera is not None:
        exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = camera
    photo_tags = exif.get_ifd(ExifTags.IFD.Exif)
    if taken_at is not None:
        photo_tags[ExifTags.Base.DateTimeOriginal] = taken_at.strftime("%Y:%m:%d %H:%M:%S")
        if taken_at.tzinfo is not None:
            zone = taken_at.strftime("%z")
            photo_tags[ExifTags.Base.OffsetTimeOriginal] = f"{zone[:3]}:{zone[3:]}"
    for tag, value in (tags or {}).items():
        photo_tags[tag] = IFDRational(value) if isinstance(value, Fraction) else value
    if gps is not None:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(_position(*gps))
    return exif.tobytes()


def _position(latitude: float, longitude: float) -> dict[int, Any]:
    return {
        1: "S" if latitude < 0 else "N",
        2: _sexagesimal(abs(latitude)),
        3: "W" if longitude < 0 else "E",
        4: _sexagesimal(abs(longitude)),
        5: b"\0",
        6: Fraction(345, 10),
    }


def _sexagesimal(degrees: float) -> tuple[Fraction, Fraction, Fraction]:
    minutes, seconds = divmod(Fraction(degrees).limit_denominator(10**7) * 3600, 60)
    return Fraction(minutes // 60), Fraction(minutes % 60), seconds.limit_denominator(10_000)


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def adobe_rgb_profile() -> bytes:
    """A profile of the primaries and gamma of Adobe RGB (1998)."""
    primaries = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
    return _matrix_profile("wide test colours", primaries, 2.19921875)


def p3_profile(name: str = "P3 test colours") -> bytes:
    """A profile of the primaries of Display P3, with a plain gamma."""
    primaries = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
    return _matrix_profile(name, primaries, 2.2)


def _matrix_profile(name: str, primaries: Sequence[tuple[float, float, float]], gamma: float) -> bytes:
    """An ICC profile of version 2: three primaries (XYZ, adapted to D50) and one gamma."""
    curve = struct.pack(">4sIIH2x", b"curv", 0, 1, round(gamma * 256))
    text = name.encode("ascii") + b"\0"
    tags = {
        b"desc": struct.pack(">4sII", b"desc", 0, len(text)) + text + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": _xyz(0.9642, 1.0, 0.8249),
        **{kind: _xyz(*primary) for kind, primary in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for kind, content in tags.items():
        table += struct.pack(">4sII", kind, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s12x4s", start + len(body), b"", 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return (head.ljust(68, b"\0") + _xyz(0.9642, 1.0, 0.8249)[8:]).ljust(128, b"\0") + table + body


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


# --- hostile files --------------------------------------------------------------------------------------------------


def truncated(data: bytes, share: float = 0.5) -> bytes:
    """The first part of a file."""
    return data[: int(len(data) * share)]


def png_bomb(width: int, height: int) -> bytes:
    """A valid black PNG of any size. It has a few hundred kilobytes at most and is generated in milliseconds."""
    count = height * (1 + (width + 7) // 8)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    million = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    last = rest.compress(bytes(count % 1_000_000)) + rest.flush()
    checksum = struct.pack(">HH", count % 65521, 1)  # Adler-32 of that many zeros
    packed = b"\x78\xda" + million * (count // 1_000_000) + last + checksum
    return _png_of(struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0), packed)


def gif_of(frames: int) -> bytes:
    """A valid GIF with this number of frames of one pixel."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return screen + frame * frames + b";"


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png_of(head: bytes, packed: bytes) -> bytes:
    return PNG_SIGNATURE + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
