"""What a container says of its picture before a pixel is decoded, and the bounds on it."""

from dataclasses import dataclass
from sys import maxsize
from typing import Final

from functions.domain.errors import ImageTooLarge
from functions.domain.formats import Format
from functions.domain.limits import Limits

NO_LIMITS: Final = Limits(maxsize, maxsize, maxsize, maxsize, maxsize, maxsize)
"""For what passed the gate when it was stored."""

MAX_PARTS: Final = 100_000
"""Segments, chunks or boxes of one file. Real files have a few thousand; a hostile one can have millions, each of which
would cost as much as a page of pixels."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself.

    Attributes:
        width, height: pixels, as stored (orientation not applied).
        frames: 1 for a still.
        orientation: as EXIF counts, 1 to 8; 1 when the pixels are upright.
        exif: the TIFF block, without any prefix; empty when there is none.
        icc: the colour profile; empty when there is none.
        deep: the channels ("L", "LA", "RGB", "RGBA") of a PNG of 16 bits a channel, else empty.
    """

    format: Format
    width: int
    height: int
    frames: int = 1
    orientation: int = 1
    exif: bytes = b""
    icc: bytes = b""
    deep: str = ""

    @property
    def pixels(self) -> int:
        """Pixels of one frame."""
        return self.width * self.height

    @property
    def displayed(self) -> tuple[int, int]:
        """Width and height in pixels with the orientation applied."""
        return turned((self.width, self.height), self.orientation)


def turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """`size` after (or before) a turn into that orientation: 5 to 8 lie on their side."""
    return (size[1], size[0]) if orientation >= 5 else size  # noqa: PLR2004 - EXIF's own numbers


def check_bytes(count: int, limits: Limits) -> None:
    """Refuse a file of too many bytes.

    Raises:
        ImageTooLarge: it has more than `limits.bytes`.
    """
    if count > limits.bytes:
        raise ImageTooLarge(f"The file has {count:,} bytes; at most {limits.bytes:,} are taken.", limit=limits.bytes)


def check_size(width: int, height: int, limits: Limits) -> None:
    """Refuse a picture that is too large.

    Raises:
        ImageTooLarge: a side is longer than `limits.side`, or the area larger than `limits.pixels`.
    """
    if max(width, height) > limits.side or width * height > limits.pixels:
        raise ImageTooLarge(
            f"The image has {width:,} × {height:,} pixels; "  # noqa: RUF001 - a true multiplication sign
            f"at most {limits.side:,} on a side and {limits.pixels:,} in all are taken.",
            width=width,
            height=height,
        )


def check_frames(frames: int, width: int, height: int, limits: Limits) -> None:
    """Refuse an animation that is too long.

    Raises:
        ImageTooLarge: more than `limits.frames` frames, or `limits.frame_pixels` pixels in all of them.
    """
    if frames > limits.frames:
        raise ImageTooLarge(f"The animation has more than {limits.frames:,} frames.", limit=limits.frames)
    if frames > 1 and frames * width * height > limits.frame_pixels:
        raise ImageTooLarge(
            f"The animation has {frames:,} frames of {width:,} × {height:,} pixels; "  # noqa: RUF001
            f"at most {limits.frame_pixels:,} pixels in all frames together are taken.",
            limit=limits.frame_pixels,
        )
