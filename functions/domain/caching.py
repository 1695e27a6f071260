"""How long caches can keep a rendition, and the entity tag of a file.

The bytes at the path of a rendition never change. But a deleted image must leave every shared cache within a day,
behind the addresses that the service gives out.
"""

from enum import StrEnum
from typing import Final

FOR_A_CDN: Final = "public, max-age=31536000, s-maxage=86400, immutable"
"""A year in a browser, a day in a shared cache. Caches that follow RFC 9111 tell the two apart."""

FOR_A_BUCKET: Final = "public, max-age=86400"
"""A day everywhere: the documentation of Cloud Storage's own cache names `max-age` alone."""

_STRIPPING: Final = "s1"
"""Version of the code that removes private metadata. The entity tag contains it, since other bytes need another tag."""


class RenditionsCache(StrEnum):
    """What stands between the bucket of renditions and the browsers: Cloud Storage's own cache, or a CDN."""

    BUCKET = "bucket"
    CDN = "cdn"

    @property
    def header(self) -> str:
        """The value of `Cache-Control`."""
        return FOR_A_CDN if self is RenditionsCache.CDN else FOR_A_BUCKET


def file_etag(sha256: str) -> str:
    """Entity tag, without quotes, of the public bytes of a file with that SHA-256 (hexadecimal)."""
    return f"{sha256[:32]}-{_STRIPPING}"
