"""HEIC: the only module that uses pillow-heif.

It is imported for HEIC files only: the import takes 11 ms of CPU, and reads 19 MB from the disk of a new instance.

It reads the primary picture and nothing else. `pillow_heif.open_heif` copies the metadata and the colour profile of
every picture of a file, and pictures may share them: a file of 10 MB with 100 pictures takes 1 GB. So this module calls
pillow-heif's extension module, whose version requirements.txt pins.

pillow-heif is never registered with Pillow, so Pillow itself decodes AVIF.
"""

import os
from typing import Any, Final

import _pillow_heif
from PIL import Image
from pillow_heif import HeifImage, options

from functions.domain.errors import DamagedImage
from functions.domain.formats import HEIC
from functions.imaging.containers.picture import Picture
from functions.imaging.exif import without_prefix
from functions.imaging.header import Header

CHECKED_VERSIONS: Final = ("1.8.1",)
"""The versions of pillow-heif with which this module was checked."""

# The service does not use thumbnails and other extra pictures in a file, so libheif need not parse them.
options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False

_THREADS: Final = min(4, os.cpu_count() or 1)
"""Threads that decode the tiles of one picture: 4, as in pillow-heif, but not more than there are CPUs."""


def header(data: bytes, stated: Picture) -> Header:
    """The header of a HEIC file. libheif applies the crop and the orientation that the file states.

    Args:
        data: The file.
        stated: What the boxes say about its primary picture.

    Raises:
        DamagedImage: libheif can read none of its pictures.
        ValueError, EOFError, SyntaxError, RuntimeError, OSError: libheif cannot read the file.
    """
    found = _primary(data)
    info: dict[str, Any] = found.info
    width, height = found.size
    block = without_prefix(info["exif"] or b"")
    return Header(HEIC, width, height, exif=block, colours=stated.colours, counted=stated.counted)


def picture(data: bytes) -> Image.Image:
    """The primary picture of a HEIC file, rotated, mirrored and cropped as the file states.

    Colours of 10 and 12 bits a channel are reduced to 8 bits. Grey of 10 and 12 bits becomes 16 bits.

    Raises:
        DamagedImage: libheif can read none of its pictures.
        ValueError, EOFError, SyntaxError, RuntimeError, OSError: libheif cannot decode the picture.
    """
    return _primary(data).to_pillow()


def _primary(data: bytes) -> HeifImage:
    """The primary picture, or the first one if the file names none of its pictures as primary."""
    to_8_bits, bgr, packed, to_16_bits, decoder, unlimited = True, False, True, True, "", False
    read, _ = _pillow_heif.load_file(data, _THREADS, to_8_bits, bgr, packed, to_16_bits, decoder, unlimited)
    pictures = [each for each in read if each is not None]
    if not pictures:
        raise DamagedImage
    return HeifImage(next((each for each in pictures if each.primary), pictures[0]))
