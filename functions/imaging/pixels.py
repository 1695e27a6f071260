"""Decoding: the only module that passes untrusted bytes to the decoders."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import Final

from PIL import Image, ImageFile

from functions.domain.errors import DamagedImage
from functions.domain.formats import AVIF, GIF, HEIC, JPEG, PNG, WEBP, Format
from functions.imaging import exif, pillow_private
from functions.imaging.allocator import reuse_memory
from functions.imaging.containers import gif, jpeg, png, webp
from functions.imaging.header import Header

# Pillow's own limit on pixels is one for the whole process, and below it Pillow only warns. The gate checks the size of
# every image before this module decodes it.
Image.MAX_IMAGE_PIXELS = None

reuse_memory()

_PLUGINS: Final = {JPEG: "Jpeg", PNG: "Png", GIF: "Gif", WEBP: "WebP", AVIF: "Avif"}
_STRIPPERS: Final[dict[Format, Callable[[bytes, int], bytes]]] = {JPEG: jpeg.strip, GIF: gif.strip, WEBP: webp.strip}

_FORESEEN: Final = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, ArithmeticError, IndexError, struct.error)
"""What Pillow, libheif and the containers raise for damaged files. 72,000 cases of the fuzz target found no others."""

_EXHAUSTED: Final = "out of memory"
"""The beginning of Pillow's message for a decoder that could not allocate memory."""

Box = tuple[float, float, float, float]


@contextmanager
def decoding_errors() -> Iterator[None]:
    """Turn the exceptions that decoders raise for damaged files into DamagedImage. `examining` catches all others.

    Raises:
        DamagedImage: A decoder refused the file.
        MemoryError: There is not enough memory now, which Pillow's decoders report as an OSError.
    """
    try:
        yield
    except RecursionError:  # a RuntimeError, but none that a decoder raises
        raise
    except _FORESEEN as error:
        if isinstance(error, OSError) and str(error).startswith(_EXHAUSTED):
            raise MemoryError from error
        raise DamagedImage from error


def need_plugin(image_format: Format) -> None:
    """Load Pillow's plugin for this format. Without this, Pillow would load all of its forty plugins to find it."""
    import_module(f"PIL.{_PLUGINS[image_format]}ImagePlugin")


def open_image(data: bytes, header: Header) -> Image.Image:
    """The image, or the first frame of an animation. If the format allows it, the pixels are not decoded yet."""
    if header.format == WEBP:
        return next(_webp_frames(data, header))[0]
    if header.format == HEIC:
        from functions.imaging import heif  # noqa: PLC0415 - only HEIC needs it

        return heif.picture(data)
    return _pillow(_bare(data, header.format), header.format)


def open_png(data: bytes, rawmode: str) -> Image.Image:
    """The image in a PNG, not decoded yet. The decoder will unpack its samples as `rawmode`."""
    image = _pillow(_bare(data, PNG), PNG)
    pillow_private.unpack_as(image, rawmode)
    return image


def shrink_on_load(image: Image.Image, size: tuple[int, int]) -> Box | None:
    """Let the decoder of a JPEG, which is not decoded yet, reduce it as far as it stays at least `size` pixels.

    Returns:
        The box that the image fills after the reduction. It may cover the last row and column only in part. None if
        the decoder does not reduce the image.
    """
    if not isinstance(image, ImageFile.ImageFile):
        return None
    whole = image.size
    drafted = image.draft(None, size)
    return drafted[1] if drafted and image.size != whole else None


def frames(data: bytes, header: Header) -> Iterator[tuple[Image.Image, int]]:
    """Every frame, composed and decoded, with its duration in milliseconds. A frame is valid until the next one."""
    if header.format == WEBP:
        yield from _webp_frames(data, header)
        return
    image = open_image(data, header)
    for number in range(header.frames):
        image.seek(number)
        image.load()
        yield image, round(image.info.get("duration") or 0)


def _bare(data: bytes, image_format: Format) -> bytes:
    """The file without its metadata. Decoders do not need it, and parsing it would take time and add risk."""
    if image_format == PNG:
        return png.strip(data, 1, png.PIXELS)
    return _STRIPPERS[image_format](data, 1) if image_format in _STRIPPERS else data


def _pillow(data: bytes, image_format: Format) -> ImageFile.ImageFile:
    need_plugin(image_format)
    return Image.open(BytesIO(data), formats=(image_format.name.upper(),))


def _webp_frames(data: bytes, header: Header) -> Iterator[tuple[Image.Image, int]]:
    return pillow_private.webp_frames(_bare(data, WEBP), (header.width, header.height), header.frames)


def boxed_header(data: bytes, image_format: Format) -> Header:
    """The header of an AVIF or HEIC file, read by its decoder.

    Raises:
        DamagedImage: the decoder cannot read the file.
    """
    with decoding_errors():
        if image_format == HEIC:
            from functions.imaging import heif  # noqa: PLC0415 - only HEIC needs it

            return heif.header(data)
        image = _pillow(data, AVIF)
        block = exif.without_prefix(image.info.get("exif") or b"")
        return Header(
            AVIF,
            image.width,
            image.height,
            frames=getattr(image, "n_frames", 1),
            orientation=exif.orientation(block),  # Pillow writes the container's orientation there
            exif=block,
            icc=image.info.get("icc_profile") or b"",
        )
