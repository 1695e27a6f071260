"""The fingerprint: the same for all files that show the same image, whatever their metadata and lossless encoding.

It is the SHA-512 of the canonical pixels. They start with a line of width and height (as stored), orientation and
number of frames. Each frame follows: a line of its mode and its duration in milliseconds (0 for a still), then its
bytes row by row. Palette and grey become RGB, or RGBA if any pixel is not opaque. CMYK and 16 bits a channel keep their
mode. A change of any of this gives every image a new id.
"""

from hashlib import sha512
from typing import TYPE_CHECKING, Final

from PIL import Image

from functions.imaging import pixels
from functions.imaging.containers import png
from functions.imaging.header import Header
from functions.imaging.modes import converted, is_opaque, strips

if TYPE_CHECKING:
    from hashlib import _Hash

_KEPT: Final = ("CMYK", "I;16")
_HALVES: Final = {"RGB": ("RGB;16B", "RGB;16L"), "RGBA": ("RGBA;16B", "RGBA;16L"), "LA": ("RGBA",), "L": ("I;16B",)}
"""The raw modes in which Pillow, which holds 8 bits a channel, unpacks 16 bits: the high bytes, then the low bytes.
Grey with alpha has four bytes a pixel, like RGBA of 8 bits. Grey has a mode of 16 bits."""


def fingerprint(data: bytes, header: Header) -> str:
    """The hexadecimal SHA-512 of the canonical pixels. Decodes every frame.

    Raises:
        DamagedImage: A frame cannot be decoded.
    """
    digest = sha512(f"{header.width} {header.height} {header.orientation} {header.frames}\n".encode())
    with pixels.decoding_errors():
        if header.deep:
            _add_deep(digest, data, header)
        else:
            for image, duration in pixels.frames(data, header):
                _add(digest, image, _canonical_mode(image), duration if header.frames > 1 else 0)
    return digest.hexdigest()


def _canonical_mode(image: Image.Image) -> str:
    """The mode in which images are compared."""
    if image.mode in _KEPT:
        return image.mode
    return "RGB" if is_opaque(image) else "RGBA"


def _add(digest: "_Hash", image: Image.Image, mode: str, duration: int) -> None:
    digest.update(f"{mode} {duration}\n".encode())
    for strip in strips(image):
        digest.update(converted(strip, mode).tobytes())


def _add_deep(digest: "_Hash", data: bytes, header: Header) -> None:
    digest.update(f"{header.deep};16 ".encode() + png.transparency(data).hex().encode() + b"\n")
    if header.frames > 1:
        # Pillow composes animations in 8 bits. The packed pixels replace the bits that it drops, so an animation of
        # 16 bits gets another id when it is compressed again. That is better than one id for two pictures.
        for kind, start, stop in png.chunks(data):
            if kind in png.PIXELS:
                digest.update(data[start:stop])
        for image, _ in pixels.frames(data, header):
            image.load()
        return
    for rawmode in _HALVES[header.deep]:
        image = pixels.open_png(data, rawmode)
        image.load()
        for strip in strips(image):
            digest.update(strip.tobytes())
