"""Decoding: the only module that passes untrusted bytes to the decoders."""

import struct
import warnings
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
from functions.imaging.containers.picture import Picture
from functions.imaging.header import Header

# Pillow's own limit on pixels is one for the whole process, and below it Pillow only warns. The gate checks the size of
# every image before this module decodes it.
Image.MAX_IMAGE_PIXELS = None

# Pillow warns of odd animations and tags, in two lines of the log for each file. This is one filter for the process,
# because `catch_warnings` would change the filters of other threads too.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

reuse_memory()

_PLUGINS: Final = {JPEG: "Jpeg", PNG: "Png", GIF: "Gif", WEBP: "WebP", AVIF: "Avif"}
_STRIPPERS: Final[dict[Format, Callable[[bytes, int], bytes]]] = {JPEG: jpeg.strip, WEBP: webp.strip}

_FORESEEN: Final = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, ArithmeticError, IndexError, struct.error)
"""What Pillow, libheif and the containers raise for damaged files. 72,000 cases of the fuzz target found no others."""

_LONGEST: Final = 60 * 60 * 1000
"""Milliseconds. Damaged files have frames of longer or negative durations, which WebP cannot hold."""
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
    if header.format == GIF:
        return next(_gif_frames(data, header))[0]
    image = _pillow(_bare(data, header.format), header.format)
    if header.key and not header.deep:
        _correct_key(image, header)
    return _shown(image, header)


def open_png(data: bytes, rawmode: str) -> Image.Image:
    """The image in a PNG, not decoded yet. The decoder will unpack its samples as `rawmode`."""
    image = _pillow(_bare(data, PNG), PNG)
    pillow_private.unpack_as(image, rawmode)
    return image


def _correct_key(image: Image.Image, header: Header) -> None:
    """Correct the transparent colour of a PNG, which Pillow compares with samples that it has spread over 8 bits."""
    most = 2**header.depth - 1
    values = [(value & most) * 255 // most for (value,) in struct.iter_unpack(">H", header.key)]
    image.info["transparency"] = values[0] if len(values) == 1 else tuple(values)


def _shown(image: Image.Image, header: Header) -> Image.Image:
    """The part of a decoded picture that is shown."""
    box = header.crop or (0, 0, header.width, header.height)
    return image if box == (0, 0, *image.size) else image.crop(box)


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
    elif header.format == GIF:
        yield from _gif_frames(data, header)
    elif header.frames == 1:
        image = open_image(data, header)
        image.load()
        yield image, 0
    else:
        yield from _frames(_pillow(_bare(data, header.format), header.format), header)


def _frames(image: Image.Image, header: Header, skipped: int = 0) -> Iterator[tuple[Image.Image, int]]:
    for number in range(skipped, skipped + header.frames):
        image.seek(number)
        image.load()
        yield _shown(image, header), min(max(round(image.info.get("duration") or 0), 0), _LONGEST)


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


def _gif_frames(data: bytes, header: Header) -> Iterator[tuple[Image.Image, int]]:
    file, skipped = gif.decodable(data, (header.width, header.height))
    return _frames(_pillow(file, GIF), header, skipped)


def boxed_header(data: bytes, image_format: Format, stated: Picture) -> Header:
    """The header of an AVIF or HEIC file, read by its decoder.

    Args:
        data: The file.
        image_format: Its format.
        stated: What the boxes say about its primary picture.

    Raises:
        DamagedImage: The decoder cannot read the file.
    """
    with decoding_errors():
        if image_format == HEIC:
            from functions.imaging import heif  # noqa: PLC0415 - only HEIC needs it

            return heif.header(data, stated)
        image = _pillow(data, AVIF)
        block = exif.without_prefix(image.info.get("exif") or b"")
        crop = stated.crop(*image.size)
        left, top, right, bottom = crop or (0, 0, *image.size)
        return Header(
            AVIF,
            right - left,
            bottom - top,
            frames=getattr(image, "n_frames", 1),
            orientation=exif.orientation(block),  # Pillow writes the container's orientation there
            exif=block,
            colours=stated.colours,
            plays=stated.plays,
            crop=crop,
            counted=stated.counted,
        )
