"""The image formats that the repository accepts, and their properties."""

from typing import Final, NamedTuple


class Format(NamedTuple):
    """One file format.

    Attributes:
        name: lower-case name, as in the API.
        extension: the extension of the object's name, without the dot.
        content_type: the media type. The one that the client states is not used.
        strippable: whether private metadata can be removed without changing a pixel.
    """

    name: str
    extension: str
    content_type: str
    strippable: bool


JPEG: Final = Format("jpeg", "jpg", "image/jpeg", strippable=True)
PNG: Final = Format("png", "png", "image/png", strippable=True)
WEBP: Final = Format("webp", "webp", "image/webp", strippable=True)
GIF: Final = Format("gif", "gif", "image/gif", strippable=True)
AVIF: Final = Format("avif", "avif", "image/avif", strippable=False)
HEIC: Final = Format("heic", "heic", "image/heic", strippable=False)

FORMATS: Final = {each.name: each for each in (JPEG, PNG, WEBP, GIF, AVIF, HEIC)}
BY_EXTENSION: Final = {each.extension: each for each in FORMATS.values()}
