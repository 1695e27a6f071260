"""The condition `If-Match` of a request that changes an image or deletes it."""

from collections.abc import Callable

from flask import Request

from functions.domain.caching import file_etag
from functions.domain.errors import PreconditionFailed

Condition = Callable[[str], None]


def parse_if_match(request: Request) -> Condition:
    """A check of the header `If-Match` against the SHA-256 (hexadecimal) of an image's file.

    The header has the entity tag of `GET /fetch/ID`. `*` holds for every image that exists, as does no header. A weak
    tag never holds (RFC 9110, 13.1.1).

    The check raises:
        PreconditionFailed: the header names other entity tags.
    """
    wanted = request.if_match

    def check(sha256: str) -> None:
        if "If-Match" in request.headers and not wanted.contains(file_etag(sha256)):
            raise PreconditionFailed(
                "The image does not match `If-Match`. Nothing was changed. Fetch it for its present ETag."
            )

    return check
