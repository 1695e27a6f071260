"""Who calls: the holders of API keys, and what each may do."""

from enum import StrEnum
from typing import NamedTuple

from functions.domain.errors import NotYourImage
from functions.domain.model import Image


class Role(StrEnum):
    """An uploader changes and deletes what it uploaded; an admin, everything."""

    UPLOADER = "uploader"
    ADMIN = "admin"


class Caller(NamedTuple):
    """The holder of a valid key, by the key's name."""

    name: str
    role: Role

    def must_own(self, image: Image) -> None:
        """Let the image's uploader and admins pass.

        Raises:
            NotYourImage: this is neither.
        """
        if self.role is not Role.ADMIN and self.name != image.uploader:
            raise NotYourImage


class ApiKey(NamedTuple):
    """A key as the service knows it: by the SHA-256 (hexadecimal) of its text."""

    caller: Caller
    sha256: str
