"""Conversions between the modes of Pillow."""

from collections.abc import Iterator
from typing import Final

from PIL import Image

_ROWS: Final = 64


def strips(image: Image.Image) -> Iterator[Image.Image]:
    """The image in strips of `_ROWS` rows. Converting each alone does not need the memory of a second whole image."""
    for top in range(0, image.height, _ROWS):
        yield image.crop((0, top, image.width, min(top + _ROWS, image.height)))


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    """The image in that mode. If it has that mode already, the image itself: `Image.convert` would copy it."""
    return image if image.mode == mode else image.convert(mode)


def is_opaque(image: Image.Image) -> bool:
    """Whether every pixel is opaque. An image that has an alpha channel or a transparent colour can be opaque too."""
    return not image.has_transparency_data or all(
        strip.convert("RGBA").getchannel("A").getextrema()[0] == 255  # noqa: PLR2004
        for strip in strips(image)
    )


def converted(image: Image.Image, mode: str) -> Image.Image:
    """The image in that mode. If the mode is RGB, the image must be opaque."""
    if image.mode == mode and "transparency" not in image.info:
        return image
    # RGB has no place for the transparency of a palette, and Pillow would warn. So the conversion goes through RGBA.
    return (image.convert("RGBA") if image.has_transparency_data else image).convert(mode)
