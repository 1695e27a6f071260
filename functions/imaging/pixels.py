"""Decoding: the one place where hostile bytes meet the decoders."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageFile

from functions.domain.errors import DamagedImage, ImageRepoError
from functions.domain.formats import AVIF, GIF, HEIC, JPEG, PNG, WEBP, Format
from functions.imaging import exif
from functions.imaging.allocator import reuse_memory
from functions.imaging.containers import gif, jpeg, png, webp
from functions.imaging.header import Header

# Pillow's own bound on pixels warns, and is one for the whole process. The gate has counted before anything comes here.
Image.MAX_IMAGE_PIXELS = None

reuse_memory()

_PLUGINS: Final = {JPEG: "Jpeg", PNG: "Png", GIF: "Gif", WEBP: "WebP", AVIF: "Avif"}
_STRIPPERS: Final[dict[Format, Callable[[bytes, int], bytes]]] = {JPEG: jpeg.strip, GIF: gif.strip, WEBP: webp.strip}

Box = tuple[float, float, float, float]


@contextmanager
def decoding_errors() -> Iterator[None]:
    """Whatever a decoder makes of broken bytes, it is DamagedImage; only running out of memory is our own affair."""
    try:
        yield
    except (ImageRepoError, MemoryError):
        raise
    except Exception as error:
        raise DamagedImage from error


def need_plugin(image_format: Format) -> None:
    """Load that one of Pillow's plugins; on its own, Pillow would load all forty to find one."""
    import_module(f"PIL.{_PLUGINS[image_format]}ImagePlugin")


def open_image(data: bytes, header: Header) -> Image.Image:
    """The picture (of an animation the first frame), its pixels not decoded yet where the format allows that."""
    if header.format == WEBP:
        return next(_webp_frames(data, header))[0]
    if header.format == HEIC:
        picture: Image.Image = _heif(data).to_pillow()
        return picture
    return _pillow(_bare(data, header.format), header.format)


def shrink_on_load(image: Image.Image, size: tuple[int, int]) -> Box | None:
    """Have a JPEG that is not decoded yet decoded at the tightest scale that is no smaller than `size`, in pixels.

    A scale may leave the last row and column covered only in part: returned is the box that the whole picture takes up
    in what will be decoded, or None when its scale stays as it is.
    """
    if not isinstance(image, ImageFile.ImageFile):
        return None
    whole = image.size
    drafted = image.draft(None, size)
    return drafted[1] if drafted and image.size != whole else None


def frames(data: bytes, header: Header) -> Iterator[tuple[Image.Image, int]]:
    """Every frame, composed and decoded to its end, with its duration in milliseconds. Each is valid until the next."""
    if header.format == WEBP:
        yield from _webp_frames(data, header)
        return
    image = open_image(data, header)
    for number in range(header.frames):
        image.seek(number)
        image.load()
        yield image, round(image.info.get("duration") or 0)


def _bare(data: bytes, image_format: Format) -> bytes:
    """The file as a decoder needs it; none is ever shown metadata, which would only cost time and trust."""
    if image_format == PNG:
        return png.strip(data, 1, png.PIXELS)
    return _STRIPPERS[image_format](data, 1) if image_format in _STRIPPERS else data


def _pillow(data: bytes, image_format: Format) -> Image.Image:
    need_plugin(image_format)
    return Image.open(BytesIO(data), formats=(image_format.name.upper(),))


def _webp_frames(data: bytes, header: Header) -> Iterator[tuple[Image.Image, int]]:
    """WebP straight from the decoder that Pillow wraps.

    It holds two canvases of its own. Pillow's wrapper keeps them and copies the frame once more: 800 MB for 50 MP. This
    lets go of the decoder after the last frame, and copies nothing.
    """
    from PIL import _webp  # noqa: PLC0415 - needed for WebP alone

    decoder = _webp.WebPAnimDecoder(_bare(data, WEBP))
    size, _, _, count, mode = decoder.get_info()
    if (*size, count) != (header.width, header.height, header.frames):
        raise DamagedImage
    shown = 0
    for number in range(1, count + 1):
        frame = decoder.get_next()
        if frame is None:
            raise DamagedImage
        if number == count:
            del decoder
        yield Image.frombuffer(mode, size, frame[0], "raw", mode, 0, 1), frame[1] - shown
        shown = frame[1]


def _heif(data: bytes) -> Any:
    """The primary picture of a HEIC file, not decoded yet. Its sequences and bursts are left alone."""
    import pi_heif  # noqa: PLC0415 - 20 ms that only a HEIC is worth

    return pi_heif.open_heif(data, convert_hdr_to_8bit=True)


def boxed_header(data: bytes, image_format: Format) -> Header:
    """The header of an AVIF or HEIC file as its decoder reads it."""
    with decoding_errors():
        if image_format == HEIC:
            found = _heif(data)
            width, height = found.size
            # libheif turns the picture itself; the orientation that EXIF repeats is spent.
            return Header(HEIC, width, height, exif=_tiff(found.info), icc=found.info.get("icc_profile") or b"")
        image = _pillow(data, AVIF)
        block = _tiff(image.info)
        return Header(
            AVIF,
            image.width,
            image.height,
            frames=getattr(image, "n_frames", 1),
            orientation=exif.orientation(block),  # Pillow puts there how the container says to turn it
            exif=block,
            icc=image.info.get("icc_profile") or b"",
        )


def _tiff(info: Mapping[Any, Any]) -> bytes:
    return exif.without_prefix(info.get("exif") or b"")
