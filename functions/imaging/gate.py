"""The gate: checks the format and the size of a file before any pixel is decoded."""

import struct
from collections.abc import Callable
from typing import Final

from functions.domain.errors import DamagedImage, EmptyImage, UnsupportedFormat
from functions.domain.formats import AVIF, GIF, HEIC, JPEG, PNG, WEBP, Format
from functions.domain.limits import Limits
from functions.imaging import pixels
from functions.imaging.containers import gif, isobmff, jpeg, png, webp
from functions.imaging.header import Header, check_bytes, check_frames, check_size

_SIGNATURES: Final = ((b"\xff\xd8\xff", JPEG), (png.SIGNATURE, PNG), (b"GIF87a", GIF), (b"GIF89a", GIF))


def check(data: bytes, limits: Limits) -> Header:
    """The header of a file that may be decoded.

    Raises:
        EmptyImage: There are no bytes.
        UnsupportedFormat: The file has no signature of a supported format.
        ImageTooLarge: The file has more bytes, pixels or frames than `limits` allow.
        DamagedImage: The file is truncated, or its structure is broken.
    """
    if not data:
        raise EmptyImage
    image_format = sniff(data)
    check_bytes(len(data), limits)
    return header(data, image_format, limits)


def sniff(data: bytes) -> Format:
    """The format that the signature shows. File names and content types are not trusted.

    Raises:
        UnsupportedFormat: The file has no signature of a supported format.
    """
    for signature, image_format in _SIGNATURES:
        if data.startswith(signature):
            return image_format
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    boxed = isobmff.sniff(data) if data[4:8] == b"ftyp" else None
    if boxed is None:
        raise UnsupportedFormat
    return boxed


def header(data: bytes, image_format: Format, limits: Limits) -> Header:
    """The header of a file of that format.

    Raises:
        ImageTooLarge: The image has more pixels or frames than `limits` allow.
        DamagedImage: The file is truncated, or its structure is broken.
    """
    try:
        return _READERS[image_format](data, limits)
    except (IndexError, KeyError, struct.error) as error:
        raise DamagedImage from error


def _boxed(data: bytes, limits: Limits) -> Header:
    """The header of an AVIF or HEIC file. Its decoder reads the sizes, which does not decode pixels."""
    picture = isobmff.check(data, limits)
    found = pixels.boxed_header(data, isobmff.sniff(data) or AVIF, picture)
    if not found.pixels:
        raise DamagedImage
    check_size(found.width, found.height, limits)
    check_frames(found.frames, found.width, found.height, limits)
    return found


_READERS: Final[dict[Format, Callable[[bytes, Limits], Header]]] = {
    JPEG: jpeg.header,
    PNG: png.header,
    WEBP: webp.header,
    GIF: gif.header,
    AVIF: _boxed,
    HEIC: _boxed,
}
