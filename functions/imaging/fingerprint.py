"""The fingerprint: the same for all files that show the same image, whatever their metadata and lossless encoding.

It is the SHA-512 of the canonical picture. It starts with a line of width and height (of what is shown, not turned
yet), orientation and number of frames. Each frame follows: a line of its mode and its duration in milliseconds (0 for a
still), then its bytes row by row. Palette and grey become RGB, or RGBA if any pixel is not opaque. CMYK and grey of 16
bits keep their mode. The colour of a wholly transparent pixel, which no one sees, is black.

What else decides how the picture looks follows, if there is any:

- how often an animation is shown;
- how the samples are to be read as colours, unless that is sRGB;
- what the decoders do not return: coded pictures of more than 8 bits in AVIF and HEIC, and gain maps. So lossless
  copies of these may be two images.

A PNG of 16 bits a channel has the digests of its high and of its low bytes in place of a frame, unless each sample is
a sample of 8 bits that was spread: then it is the image of 8 bits. In an animation of 16 bits, which Pillow composes in
8 bits, the packed pixels replace the bits that it drops. So such an animation gets another id when it is compressed
again, which is better than one id for two pictures.

A change of any of this gives images new ids. tests/imaging/test_golden_ids.py holds the ids of one file of each kind.
"""

from hashlib import sha512
from typing import TYPE_CHECKING, Final

from PIL import Image

from functions.domain.errors import DamagedImage
from functions.imaging import deep, pixels
from functions.imaging.containers import png
from functions.imaging.header import Header
from functions.imaging.modes import converted, is_opaque, strips

if TYPE_CHECKING:
    from hashlib import _Hash

_KEPT: Final = ("CMYK", "I;16")
_GREY: Final = ("1", "L", "LA", "I;16")
_FILLERS: Final = (b"", b"\xaa" * 16_384, b"\x55" * 16_384, bytes(number * 37 % 255 for number in range(16_384)))
_ENDS: Final = tuple(filler + b"\xff\xd9" for filler in _FILLERS)
"""Ends for a JPEG without one. A decoder that needs more data takes what comes before the marker for pixels. So the
image is whole if all ends give the same pixels. The fillers suffice for thousands of blocks, because a block that is
outside of the picture can take one of them too."""


def fingerprint(data: bytes, header: Header) -> str:
    """The hexadecimal SHA-512 of the canonical picture. Decodes every frame.

    Raises:
        DamagedImage: A frame cannot be decoded, or pixels are missing.
    """
    with pixels.decoding_errors():
        if not header.open_ended:
            return _fingerprint(data, header)
        found = {_fingerprint(data.rstrip(b"\xff") + end, header) for end in _ENDS}
    if len(found) > 1:
        raise DamagedImage
    return found.pop()


def _fingerprint(data: bytes, header: Header) -> str:
    digest = sha512(f"{header.width} {header.height} {header.orientation} {header.frames}\n".encode())
    if header.deep and header.frames > 1:
        mode = _add_deep_animation(digest, data, header)
    elif header.deep:
        mode = _add_deep(digest, data, header)
    else:
        mode = _add_frames(digest, data, header)
    if header.frames > 1:
        digest.update(f"plays {header.plays}\n".encode())
    colours = header.colours.identity("L" if mode in _GREY else mode)
    if colours:
        digest.update(b"colours " + colours)
    view = memoryview(data)
    for start, stop in header.counted:
        digest.update(f"counted {stop - start}\n".encode())
        digest.update(view[start:stop])
    return digest.hexdigest()


def _add_frames(digest: "_Hash", data: bytes, header: Header) -> str:
    """Add all frames. Returns the mode of the last one."""
    mode = ""
    for image, duration in pixels.frames(data, header):
        mode = image.mode
        _add(digest, image, duration if header.frames > 1 else 0)
    return mode


def _add(digest: "_Hash", image: Image.Image, duration: int) -> None:
    mode = image.mode if image.mode in _KEPT else "RGB" if is_opaque(image) else "RGBA"
    digest.update(f"{mode} {duration}\n".encode())
    for strip in strips(image):
        shown = converted(strip, mode)
        digest.update((_without_hidden_colours(shown) if mode == "RGBA" else shown).tobytes())


def _without_hidden_colours(image: Image.Image) -> Image.Image:
    """The image with black wherever it is wholly transparent. Many programs that compress losslessly change that."""
    visible = image.getchannel("A").point([0] + [255] * 255)
    return Image.composite(image, Image.new("RGBA", image.size), visible)


def _add_deep(digest: "_Hash", data: bytes, header: Header) -> str:
    """Add a still of 16 bits a channel. Returns its mode."""
    keyed = deep.opacity(data, header) if header.key else None
    colours, alphas = [], []
    opaque = True
    for half in deep.halves(data, header):
        alpha = keyed or (half.getchannel("A") if half.mode in ("LA", "RGBA") else None)
        opaque = opaque and (alpha is None or alpha.getextrema()[0] == 255)  # noqa: PLR2004
        colours.append(_digest(half, "RGB"))
        alphas.append(_digest(alpha, "L") if alpha else b"")
    if colours[0] == colours[1] and alphas[0] == alphas[1]:
        _add(digest, deep.shallow(data, header), 0)
    else:
        digest.update(b"16 bits\n" + b"".join(colours if opaque else colours + alphas))
    return header.deep


def _digest(image: Image.Image, mode: str) -> bytes:
    digest = sha512()
    for strip in strips(image):
        digest.update(strip.convert(mode).tobytes())
    return digest.digest()


def _add_deep_animation(digest: "_Hash", data: bytes, header: Header) -> str:
    """Add an animation of 16 bits a channel. Returns its mode."""
    digest.update(f"{header.deep};16 {header.key.hex()}\n".encode())
    for kind, start, stop in png.chunks(data):
        if kind in png.PIXELS:
            digest.update(data[start:stop])
    for image, _ in pixels.frames(data, header):
        image.load()
    return header.deep
