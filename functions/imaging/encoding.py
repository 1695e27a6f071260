"""The encoder of the renditions: lossy WebP, or lossless where that is smaller, and never larger than the original.

Few-coloured pictures (scans, line art, screenshots, logos) are smaller without loss, photos are not. The choices below
were measured on 293 renditions of screenshots, diagrams and icons of Debian's documentation packages.
"""

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import Final, NamedTuple

from PIL import Image

from functions.domain.formats import GIF, PNG, WEBP
from functions.imaging.containers import webp
from functions.imaging.header import Header


class Setting(NamedTuple):
    """How a picture is encoded with loss: the quality, 0 to 100, and the effort of libwebp, 0 to 6."""

    quality: float
    method: int


FULL: Final = Setting(90, 2)
PLACEHOLDER: Final = Setting(40, 6)

_BY_WIDTH: Final = {320: Setting(80, 3), 640: Setting(81.6, 2), 1280: Setting(80.6, 3)}
"""The setting up to each width (pixels), measured with `make bench`. Effort 3 takes twice as long as 2, and is as good
as the default, 4. At 640 pixels, more quality gives the same similarity for less time. At 1280, no
quality does: with effort 2, fine texture is lost."""

_LARGE: Final = Setting(79, 2)
"""For all other widths. They have most of the pixels, and are shown in part or reduced."""

_LOSSLESS_EFFORT: Final = {"lossless": True, "quality": 50, "method": 2}
"""More effort takes up to twice as long, and saves another 4 %. Less loses most of what lossless coding saves."""

_ICON: Final = 1024
"""Pixels. For pictures of at most so many, the greatest effort takes 10 to 25 ms. Small GIFs need it: with less effort,
WebP takes more bytes than they have."""
_ICON_EFFORT: Final = {"lossless": True, "quality": 100, "method": 6}

_FLAT: Final = 64
"""Colours. Pictures with at most so many are fast to encode without loss, and no photo is among them, even if it is
grey. Most reductions of scans and drawings have more, and are smaller with loss."""

_FEW: Final = 4096
"""Colours. With more, none of the measured pictures was smaller without loss."""

_GAIN: Final = 4
"""A picture of more than `_FLAT` colours is worth a trial if the original has at most so many times the bytes of the
lossy file. Lossless WebP has at least a third of the bytes of such a PNG. A grey photo, which has few colours too, has
a lossy file that is smaller than that."""

_MOST_PIXELS: Final = 4_194_304
"""The lossless encoder takes 26 bytes a pixel, so this bounds its memory to 110 MB."""

_LOWER_QUALITIES: Final = (65, 50, 35, 20, 0)
"""Tried in this order while a file is larger than the original."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What decides how the renditions of an original are encoded.

    Attributes:
        size: Width and height in pixels as displayed.
        length: Bytes of the file.
        frames: Frames in the file.
        exact: Whether its format kept the samples without loss.
    """

    size: tuple[int, int]
    length: int
    frames: int
    exact: bool

    @classmethod
    def of(cls, data: bytes, header: Header) -> "Origin":
        """The origin that is this file."""
        return cls(header.displayed, len(data), header.frames, _is_exact(data, header))


def setting(width: int) -> Setting:
    """The setting for a thumbnail of that width in pixels."""
    return next((each for most, each in _BY_WIDTH.items() if width <= most), _LARGE)


def encoded(picture: Image.Image, how: Setting, origin: Origin, *, capped: bool) -> bytes:
    """The picture as WebP, lossy in that setting or lossless, whichever is smaller.

    Args:
        picture: A picture of mode RGB or RGBA.
        how: The setting of the lossy file.
        origin: The original.
        capped: Whether the file may not be larger than an original of the same size in pixels. Then the quality is
            reduced as far as necessary. An AVIF can be smaller than every WebP; then the result is the smallest.
    """
    file = lossy(picture, how)
    limit = origin.length if capped and picture.size == origin.size else None
    exceeds = limit is not None and len(file) > limit
    if _is_worth_a_trial(picture, len(file), origin, exceeds=exceeds):
        file = min(file, _lossless(picture), key=len)
    return file if limit is None else _within(limit, file, picture, how)


def lossy(picture: Image.Image, how: Setting) -> bytes:
    """The picture as lossy WebP."""
    return _saved(picture, quality=how.quality, method=how.method)


def _within(limit: int, file: bytes, picture: Image.Image, how: Setting) -> bytes:
    """`file`, or if it is larger than `limit` bytes, the picture in the best quality that is not."""
    for lower in _LOWER_QUALITIES:
        if len(file) <= limit:
            break
        file = min(file, lossy(picture, how._replace(quality=lower)), key=len)
    return file


def _is_worth_a_trial(picture: Image.Image, size: int, origin: Origin, *, exceeds: bool) -> bool:
    """Whether the lossless file may be smaller than the lossy one of `size` bytes."""
    if not origin.exact or picture.width * picture.height > _MOST_PIXELS:
        return False
    if exceeds:
        return True
    whole = picture.size == origin.size and size * _GAIN * origin.frames > origin.length
    return picture.getcolors(_FEW if whole else _FLAT) is not None


def _lossless(picture: Image.Image) -> bytes:
    small = picture.width * picture.height <= _ICON
    return _saved(picture, **(_ICON_EFFORT if small else _LOSSLESS_EFFORT))


def _saved(picture: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, "WEBP", **options)
    return file.getvalue()


def _is_exact(data: bytes, header: Header) -> bool:
    if header.format == WEBP:
        (length,) = struct.unpack_from("<I", data, 4)
        return any(chunk.kind == b"VP8L" for chunk in webp.chunks(data, 12, length + 8))
    return header.format in (PNG, GIF)
