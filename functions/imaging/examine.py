"""Everything that is to be known of an upload before it is stored."""

from functions.domain.limits import Limits
from functions.domain.model import Facts
from functions.imaging import exif, gate
from functions.imaging.budget import decoding
from functions.imaging.fingerprint import fingerprint
from functions.imaging.header import Header


def examine(data: bytes, limits: Limits, *, sha256: str) -> Facts:
    """What the bytes of an image say of themselves, when they are an image to their very end.

    Raises:
        EmptyImage: there are no bytes.
        UnsupportedFormat: they have the signature of no format that is taken.
        ImageTooLarge: they are more, or have more pixels or frames, than `limits` allow.
        DamagedImage: they cannot be decoded to the end.
    """
    header = gate.check(data, limits)
    with decoding(header.pixels):
        pixel_sha512 = fingerprint(data, header)
    return _facts(header, len(data), sha256, pixel_sha512)


def describe(data: bytes, limits: Limits, *, sha256: str, pixel_sha512: str) -> Facts:
    """The same of bytes that were examined before, and whose pixels need no decoding for it.

    Raises:
        EmptyImage, UnsupportedFormat, ImageTooLarge, DamagedImage: as `examine`, as far as the header tells.
    """
    return _facts(gate.check(data, limits), len(data), sha256, pixel_sha512)


def _facts(header: Header, size: int, sha256: str, pixel_sha512: str) -> Facts:
    said = exif.read(header.exif)
    width, height = header.displayed
    return Facts(
        format=header.format,
        bytes=size,
        sha256=sha256,
        pixel_sha512=pixel_sha512,
        width=width,
        height=height,
        frames=header.frames,
        taken_at=said.taken_at,
        exif=said.details,
    )
