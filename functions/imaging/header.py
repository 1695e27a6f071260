"""The header of an image, which is read before any pixel is decoded, and the checks against the limits."""

from dataclasses import dataclass
from sys import maxsize
from typing import Final

from functions.domain.errors import ImageTooLarge
from functions.domain.formats import Format
from functions.domain.limits import Limits
from functions.imaging.colours.statement import SRGB, Colours

NO_LIMITS: Final = Limits(maxsize, maxsize, maxsize, maxsize, maxsize, maxsize)
"""For stored files, which passed the gate before."""

MAX_PARTS: Final = 100_000
"""Segments, chunks or boxes of one file. Real files have a few thousand. A hostile file can have millions of them, and
each takes time."""


Place = tuple[int, int]
"""The start and the stop of bytes in a file."""


@dataclass(frozen=True, slots=True)
class Header:
    """The properties of an image that its file states.

    Attributes:
        width, height: Pixels as stored, without the orientation.
        frames: 1 for a still.
        orientation: 1 to 8 as in EXIF; 1 if the pixels are upright.
        exif: The TIFF block without a prefix; empty if there is none.
        colours: What the file says about its colours.
        plays: How often an animation is shown; 0 means without end. It has no meaning for a still.
        crop: The part of the decoded picture that is shown, as left, top, right and bottom; None if all of it is.
        depth: Bits of a sample of a PNG; 8 for other formats, whose decoders give 8 bits.
        deep: The channels ("L", "LA", "RGB", "RGBA") of a PNG of 16 bits a channel; empty for all other images.
        key: The transparent grey or colour of a PNG, as in its `tRNS` chunk; empty if there is none.
        open_ended: Whether the file lacks the marker at its end, so that only its decoder can show whether it is whole.
        counted: Places (start and stop) of what belongs to the picture, although the decoders do not return it: coded
            pictures of more than 8 bits, and gain maps.
    """

    format: Format
    width: int
    height: int
    frames: int = 1
    orientation: int = 1
    exif: bytes = b""
    colours: Colours = SRGB
    plays: int = 0
    crop: tuple[int, int, int, int] | None = None
    depth: int = 8
    deep: str = ""
    key: bytes = b""
    open_ended: bool = False
    counted: tuple[Place, ...] = ()

    @property
    def pixels(self) -> int:
        """Pixels of one frame."""
        return self.width * self.height

    @property
    def displayed(self) -> tuple[int, int]:
        """Width and height in pixels with the orientation applied."""
        return turned((self.width, self.height), self.orientation)


def turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """`size` with the orientation applied, or removed. Orientations 5 to 8 swap width and height."""
    return (size[1], size[0]) if orientation >= 5 else size  # noqa: PLR2004 - defined by EXIF


def check_bytes(count: int, limits: Limits) -> None:
    """Refuse a file that has too many bytes.

    Raises:
        ImageTooLarge: It has more than `limits.bytes`.
    """
    if count > limits.bytes:
        raise ImageTooLarge(
            f"The file has {count:,} bytes, and the limit is {limits.bytes:,}. {limits.advice}",
            limit=limits.bytes,
        )


def check_size(width: int, height: int, limits: Limits) -> None:
    """Refuse an image that has too many pixels.

    Raises:
        ImageTooLarge: A side is longer than `limits.side`, or the area is larger than `limits.pixels`.
    """
    if max(width, height) > limits.side or width * height > limits.pixels:
        raise ImageTooLarge(
            f"The image has {width:,} × {height:,} pixels. "  # noqa: RUF001 - a multiplication sign
            f"The limits are {limits.side:,} pixels a side and {limits.pixels:,} pixels in all. Send a smaller image.",
            width=width,
            height=height,
        )


def check_frames(frames: int, width: int, height: int, limits: Limits) -> None:
    """Refuse an animation that has too many frames.

    Raises:
        ImageTooLarge: It has more than `limits.frames` frames, or more than `limits.frame_pixels` pixels in all frames.
    """
    if frames > limits.frames:
        raise ImageTooLarge(
            f"The animation has more than {limits.frames:,} frames. Send a shorter animation.", limit=limits.frames
        )
    if frames > 1 and frames * width * height > limits.frame_pixels:
        raise ImageTooLarge(
            f"The animation has {frames:,} frames of {width:,} × {height:,} pixels. "  # noqa: RUF001
            f"The limit is {limits.frame_pixels:,} pixels in all frames. Send a smaller or shorter animation.",
            limit=limits.frame_pixels,
        )
