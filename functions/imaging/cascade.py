"""The scaling of renditions: the image in each size, each made from the next larger one."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeGuard

from PIL import Image

from functions.imaging import deep, pixels
from functions.imaging.colours.convert import to_srgb
from functions.imaging.header import Header, turned
from functions.imaging.modes import converted, is_opaque

if TYPE_CHECKING:
    from PIL.JpegImagePlugin import JpegImageFile

Size = tuple[int, int]
_Filter = Image.Resampling

_NEAR: Final = 1.1
"""The largest reduction of the decoded image that uses LANCZOS. A greater one is the most work of all steps. BICUBIC
does it in two thirds of the time, and the difference is smaller than what the encoder loses."""

_REDUCING_GAP: Final = 2.0
_CHROMA_GAP: Final = 1.5
_RGB_CODED: Final = 0
"""The transform in the Adobe segment of a JPEG whose components are red, green and blue, which are not converted."""
_RGB_COMPONENTS: Final = tuple(b"RGB")


def cascade(data: bytes, header: Header, sizes: Sequence[Size]) -> Iterator[Image.Image]:
    """The image in each size, in sRGB.

    It is not upright yet: turning fewer pixels is faster.

    Args:
        data: The file.
        header: Its header.
        sizes: In pixels as displayed, largest first.
    """
    stored = [turned(size, header.orientation) for size in sizes]
    image = deep.shallow(data, header) if header.deep and header.key else pixels.open_image(data, header)
    pictures: Iterator[Image.Image]
    if _has_planes(image, stored[0]):
        pictures = (to_srgb(each, header.colours) for each in _by_planes(image, stored))
    else:
        pictures = _by_pixels(image, stored, header)
    del image  # so that the decoded image takes no memory while files are encoded
    return pictures


def _by_pixels(image: Image.Image, sizes: Sequence[Size], header: Header) -> Iterator[Image.Image]:
    first, *others = sizes
    box = pixels.shrink_on_load(image, first)
    by = _Filter.LANCZOS if _is_near(image, first) else _Filter.BICUBIC
    image = to_srgb(_resized(resizable(image), first, by, box), header.colours)
    yield image
    for size in others:
        image = _resized(image, size, _Filter.LANCZOS)
        yield image


def _by_planes(image: "JpegImageFile", sizes: Sequence[Size]) -> Iterator[Image.Image]:
    """The image in each size, from luma and chroma. Chroma has half the width and height, as in a lossy WebP."""
    whole = image.size
    drafted = image.draft("YCbCr", sizes[0])
    box = drafted[1] if drafted and image.size != whole else None
    first, *others = sizes
    bands = (image.getchannel(band) for band in range(3))  # one at a time, which takes less memory than `split`
    planes = _reduced(bands, first, _Filter.BICUBIC, box)
    del image, bands
    yield _merged(planes, first)
    for size in others:
        planes = _reduced(planes, size, _Filter.LANCZOS)
        yield _merged(planes, size)


def _reduced(
    planes: Iterable[Image.Image], size: Size, by: _Filter, box: pixels.Box | None = None
) -> list[Image.Image]:
    """Luma in that size, and two planes of chroma in half of it."""
    half = ((size[0] + 1) // 2, (size[1] + 1) // 2)
    ways = ((size, by, _REDUCING_GAP), *((half, _Filter.HAMMING, _CHROMA_GAP),) * 2)
    return [plane.resize(to, way, box, gap) for plane, (to, way, gap) in zip(planes, ways, strict=True)]


def _merged(planes: Sequence[Image.Image], size: Size) -> Image.Image:
    luma, *chroma = planes
    doubled = [plane.resize(size, _Filter.NEAREST) for plane in chroma]
    return Image.merge("YCbCr", (luma, *doubled)).convert("RGB")


def _has_planes(image: Image.Image, first: Size) -> "TypeGuard[JpegImageFile]":
    """Whether the image is a JPEG that can be decoded to luma and chroma, and is reduced well below its size."""
    if image.format != "JPEG" or image.mode != "RGB":
        return False
    ids = tuple(each[0] for each in getattr(image, "layer", ()))
    is_rgb = ids == _RGB_COMPONENTS or image.info.get("adobe_transform") == _RGB_CODED
    scale = min(8, max(1, min(image.width // first[0], image.height // first[1])))
    decoded = image.width / (1 << scale.bit_length() - 1)
    return not is_rgb and decoded > _NEAR * first[0]


def _is_near(image: Image.Image, size: Size) -> bool:
    return image.width <= _NEAR * size[0]


def resizable(image: Image.Image) -> Image.Image:
    """The image in a mode whose values can be averaged."""
    if image.mode == "I;16":
        return image
    if image.has_transparency_data:
        return converted(image, "RGB" if is_opaque(image) else "RGBA")
    return image.convert({"P": "RGB", "1": "L"}[image.mode]) if image.mode in ("P", "1") else image


def _resized(image: Image.Image, size: Size, by: _Filter, box: pixels.Box | None = None) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, by, box=box, reducing_gap=_REDUCING_GAP)
