"""Renditions: small WebP images for visitors, upright, in sRGB and without metadata."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from PIL import Image

from functions.domain.formats import WEBP, Format
from functions.domain.ids import FULL_SIZE
from functions.domain.limits import TICKET_LIMITS
from functions.domain.model import Rendition
from functions.imaging import gate, pixels
from functions.imaging.budget import decoding
from functions.imaging.cascade import Size, cascade, resizable
from functions.imaging.colours.convert import to_srgb
from functions.imaging.encoding import FULL, PLACEHOLDER, Origin, Setting, encoded, lossy, setting
from functions.imaging.examination import examining
from functions.imaging.fingerprint import fingerprint
from functions.imaging.header import Header
from functions.imaging.pillow_private import WebPAnimation

MAX_SIDE: Final = 16_383
"""Pixels. The limit of the WebP format."""

_PLACEHOLDER_SIDE: Final = 16
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The operation that turns an image of each orientation upright."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The renditions, each with its file, smallest first, and the placeholder: a tiny image as a data URI."""

    items: list[tuple[Rendition, bytes]]
    placeholder: str


class _Wanted(NamedTuple):
    """One rendition to make. Its size is in pixels as displayed."""

    size: Size
    name: str
    how: Setting


@examining()
def render(data: bytes, image_format: Format, sizes: Sequence[Size], *, full_size: bool = False) -> Rendered:
    """Make a rendition of each size, in pixels as displayed. An animation is represented by its first frame.

    Args:
        data: The file.
        image_format: Its format.
        sizes: None of them may be larger than the image.
        full_size: Whether to add a rendition that replaces the original. It has the size of the image, unless WebP
            cannot hold it, and it moves if the image does.

    Raises:
        ImageTooLarge: The image exceeds the limits of the gate.
        DamagedImage: The image cannot be decoded to its end, or making the renditions failed unexpectedly.
        Unavailable: There is not enough memory now.
    """
    header = gate.header(data, image_format, TICKET_LIMITS)
    wanted = [_Wanted(_fitting(size), str(size[0]), setting(size[0])) for size in sorted(sizes)]
    if full_size:
        wanted.append(_Wanted(_fitting(header.displayed), FULL_SIZE, FULL))
    with decoding(header.pixels), pixels.decoding_errors():
        pixels.need_plugin(WEBP)
        if header.open_ended:
            fingerprint(data, header)  # refuses the image if pixels are missing
        rendered = _rendered(data, header, wanted)
        if full_size and header.frames > 1 and _fitting(header.displayed) == header.displayed:
            rendered.items[-1] = _item(wanted[-1], _animation(data, header))
    return rendered


def _fitting(size: Size) -> Size:
    scale = min(1.0, MAX_SIDE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _rendered(data: bytes, header: Header, wanted: list[_Wanted]) -> Rendered:
    items = []
    last = None
    origin = Origin.of(data, header)
    largest_first = wanted[::-1]
    for each, picture in zip(largest_first, cascade(data, header, [each.size for each in largest_first]), strict=True):
        last = _upright(picture, header.orientation)
        items.append(_item(each, encoded(last, each.how, origin, capped=each.name != FULL_SIZE)))
    return Rendered(items[::-1], _placeholder(last) if last else "")


def _item(wanted: _Wanted, file: bytes) -> tuple[Rendition, bytes]:
    return Rendition(wanted.name, *wanted.size, bytes=len(file)), file


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _placeholder(image: Image.Image) -> str:
    image = image.copy()
    image.thumbnail((_PLACEHOLDER_SIDE, _PLACEHOLDER_SIDE), Image.Resampling.BOX)
    return "data:image/webp;base64," + b64encode(lossy(image, PLACEHOLDER)).decode("ascii")


def _animation(data: bytes, header: Header) -> bytes:
    """All frames as an animated WebP. One frame at a time is in memory."""
    animation = WebPAnimation(header.displayed, round(FULL.quality), FULL.method)
    for image, duration in pixels.frames(data, header):
        animation.add(_upright(to_srgb(resizable(image), header.colours), header.orientation), duration)
    return animation.assemble()
