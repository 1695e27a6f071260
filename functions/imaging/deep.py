"""PNG of 16 bits a channel, which Pillow reduces to 8 bits: decoded as high bytes and low bytes."""

from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageChops

from functions.imaging import pixels
from functions.imaging.header import Header
from functions.imaging.modes import strips

_HALVES: Final = {"RGB": ("RGB;16B", "RGB;16L"), "RGBA": ("RGBA;16B", "RGBA;16L")}
"""The raw modes in which Pillow unpacks the high bytes and the low bytes."""


def halves(data: bytes, header: Header) -> Iterator[Image.Image]:
    """The high bytes of all samples as an image of 8 bits, then the low bytes. The mode is that of `header.deep`."""
    if header.deep == "L":
        image = pixels.open_image(data, header)
        image.load()
        for byte in (1, 0):
            samples = b"".join(strip.tobytes()[byte::2] for strip in strips(image))
            yield Image.frombytes("L", image.size, samples)
    elif header.deep == "LA":  # four bytes a pixel, like RGBA of 8 bits
        image = pixels.open_png(data, "RGBA")
        image.load()
        for grey, alpha in ((0, 2), (1, 3)):
            yield Image.merge("LA", (image.getchannel(grey), image.getchannel(alpha)))
    else:
        for rawmode in _HALVES[header.deep]:
            image = pixels.open_png(data, rawmode)
            image.load()
            yield image


def opacity(data: bytes, header: Header) -> Image.Image:
    """The alpha channel (mode L) that the transparent colour of the file makes: 0 where a pixel has that colour."""
    equal: Image.Image | None = None
    for number, half in enumerate(halves(data, header)):
        for channel, value in zip(half.split(), header.key[number::2], strict=True):
            found = channel.point([255 * (sample == value) for sample in range(256)])
            equal = ImageChops.darker(equal, found) if equal else found
    if equal is None:
        raise ValueError("a picture has at least one channel")
    return ImageChops.invert(equal)


def shallow(data: bytes, header: Header) -> Image.Image:
    """The image of the high bytes, with its transparency."""
    image = next(halves(data, header))
    if header.key:
        image.putalpha(opacity(data, header))
    return image
