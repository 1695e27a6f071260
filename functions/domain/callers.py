"""The callers: holders of API keys, and what each of them can do."""

import hmac
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from functions.domain.errors import Forbidden, NotYourImage
from functions.domain.model import Image


class Role(StrEnum):
    """An uploader can change and delete its own images, an admin all images."""

    UPLOADER = "uploader"
    ADMIN = "admin"


class Caller(NamedTuple):
    """The holder of a valid key: the name and the role of the key."""

    name: str
    role: Role

    def owns(self, uploader: str) -> bool:
        """Whether the caller can change images of that uploader."""
        return self.role is Role.ADMIN or self.name == uploader

    def must_own(self, image: Image) -> None:
        """Check that the caller is the image's uploader or an admin.

        Raises:
            NotYourImage: the caller is neither.
        """
        if not self.owns(image.uploader):
            raise NotYourImage

    def must_be_admin(self) -> None:
        """Check that the caller is an admin.

        Raises:
            Forbidden: the caller is not.
        """
        if self.role is not Role.ADMIN:
            raise Forbidden("Only an admin key has permission for this request.")


class ApiKey(NamedTuple):
    """A key as the service stores it: the SHA-256 (lower-case hexadecimal) of its text, and its holder."""

    caller: Caller
    sha256: str


def find_holder(sha256: str, keys: Sequence[ApiKey]) -> Caller | None:
    """The holder of the key with that SHA-256 (lower-case hexadecimal), or None.

    The time that this takes does not depend on which key matches, or how closely.
    """
    found = [each.caller for each in keys if hmac.compare_digest(each.sha256, sha256)]
    return found[0] if found else None
