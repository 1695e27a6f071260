"""Removal of private metadata without a change of pixels. The colour profile and the orientation stay."""

import struct
from collections.abc import Callable
from typing import Final

from functions.domain.errors import DamagedImage
from functions.domain.formats import GIF, JPEG, PNG, WEBP, Format
from functions.imaging import gate
from functions.imaging.containers import gif, jpeg, png, webp
from functions.imaging.examination import examining
from functions.imaging.header import NO_LIMITS

_STRIPPERS: Final[dict[Format, Callable[[bytes, int], bytes]]] = {
    JPEG: jpeg.strip,
    PNG: png.strip,
    WEBP: webp.strip,
    GIF: gif.strip,
}


def is_strippable(data: bytes, image_format: Format) -> bool:
    """Whether `strip` can remove the private metadata of the file."""
    try:
        return image_format.strippable and bool(strip(data, image_format))
    except DamagedImage:
        return False


@examining()
def strip(data: bytes, image_format: Format) -> bytes:
    """The file with the same pixels, colour profile and orientation, and without other metadata.

    Args:
        data: The file.
        image_format: Its format, which must be `strippable`.

    Raises:
        DamagedImage: The file is truncated, its structure is broken, or the removal failed unexpectedly; or it lacks
            its end, so that the beginning of private data is not known.
    """
    header = gate.header(data, image_format, NO_LIMITS)
    if header.open_ended:
        raise DamagedImage("The end of the image is missing, so private data may follow its pixels.")
    try:
        return _STRIPPERS[image_format](data, header.orientation)
    except (IndexError, struct.error) as error:
        raise DamagedImage from error
