"""Pillow's many modes, and how to have fewer."""

from collections.abc import Iterator
from typing import Final

from PIL import Image

_ROWS: Final = 64


def strips(image: Image.Image) -> Iterator[Image.Image]:
    """The picture, some rows at a time, so that what is made of it is never a second large picture in memory."""
    for top in range(0, image.height, _ROWS):
        yield image.crop((0, top, image.width, min(top + _ROWS, image.height)))


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    """The picture in that mode; itself when it is, where Pillow would make a copy."""
    return image if image.mode == mode else image.convert(mode)


def is_opaque(image: Image.Image) -> bool:
    """Whether every pixel is; an alpha channel or a transparent colour alone does not say so."""
    return not image.has_transparency_data or all(
        strip.convert("RGBA").getchannel("A").getextrema()[0] == 255  # noqa: PLR2004
        for strip in strips(image)
    )


def converted(image: Image.Image, mode: str) -> Image.Image:
    """The picture in that mode, which is RGB only if it is opaque."""
    if image.mode == mode and "transparency" not in image.info:
        return image
    # By way of RGBA, for a palette's transparency has no place in RGB, and Pillow would warn of it.
    return (image.convert("RGBA") if image.has_transparency_data else image).convert(mode)
