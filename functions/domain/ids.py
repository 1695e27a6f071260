"""The ids of images, and the names of their objects and renditions."""

import re
from base64 import b32encode
from typing import Final, NamedTuple

from functions.domain.errors import MalformedId
from functions.domain.formats import BY_EXTENSION, Format

ID_LENGTH: Final = 26
RECIPE: Final = "r2"
"""Version of the rendition recipe. It is part of the path, so that caches can keep renditions of old recipes."""

FULL_SIZE: Final = "full"
"""Stem of the full-size rendition, which replaces an original that cannot be served."""

_ID = re.compile(r"[a-z2-7]{26}")
_OBJECT = re.compile(r"([a-z2-7]{26})\.([a-z]{3,4})")
_RENDITION = re.compile(r"([a-z2-7]{26})/r(\d{1,6})/(\d{1,6}|full)\.webp")


def image_id(pixel_digest: bytes) -> str:
    """The image's id: the first 26 lower-case base32 characters (130 bits) of its pixels' SHA-512."""
    return b32encode(pixel_digest).decode("ascii").lower()[:ID_LENGTH]


def parse_id(text: str) -> str:
    """`text`, if it has the form of an id.

    Raises:
        MalformedId: it does not have that form, so no such image can exist.
    """
    if not _ID.fullmatch(text):
        raise MalformedId
    return text


def object_name(image_id: str, image_format: Format) -> str:
    """Name of the image's object in the originals bucket."""
    return f"{image_id}.{image_format.extension}"


def object_name_prefix(image_id: str) -> str:
    """The prefix of the names of an image's objects in the originals bucket, for all formats."""
    return f"{image_id}."


def parse_object_name(name: str) -> tuple[str, Format] | None:
    """The id and the format in an object's name; None if this service does not create such names."""
    match = _OBJECT.fullmatch(name)
    if match is None or match[2] not in BY_EXTENSION:
        return None
    return match[1], BY_EXTENSION[match[2]]


def rendition_prefix(image_id: str) -> str:
    """The prefix of the names of an image's renditions, for all recipes."""
    return f"{image_id}/"


def rendition_name(image_id: str, width: int | str) -> str:
    """Name of one rendition's object; `width` in pixels, or `FULL_SIZE`."""
    return f"{image_id}/{RECIPE}/{width}.webp"


class RenditionName(NamedTuple):
    """The parts of the name of a rendition's object.

    Attributes:
        recipe: the number of its recipe.
        stem: the width in pixels, or `FULL_SIZE`.
    """

    image_id: str
    recipe: int
    stem: str

    @property
    def is_older(self) -> bool:
        """Whether its recipe is older than the current one. A newer recipe belongs to a later release."""
        return self.recipe < int(RECIPE[1:])

    @property
    def is_current(self) -> bool:
        """Whether its recipe is the current one."""
        return self.recipe == int(RECIPE[1:])


def parse_rendition_name(name: str) -> RenditionName | None:
    """The parts of a rendition's name; None if this service does not create such names."""
    match = _RENDITION.fullmatch(name)
    return RenditionName(match[1], int(match[2]), match[3]) if match else None
