"""What the service reads from an upload before it stores the file."""

from functions.domain.limits import Limits
from functions.domain.model import Facts
from functions.imaging import exif, gate
from functions.imaging.budget import decoding
from functions.imaging.examination import examining
from functions.imaging.fingerprint import fingerprint as fingerprint_of
from functions.imaging.header import Header


@examining()
def examine(data: bytes, limits: Limits, *, sha256: str) -> Facts:
    """The facts about an image. Decodes the whole image.

    Raises:
        EmptyImage: There are no bytes.
        UnsupportedFormat: The file has no signature of a supported format.
        ImageTooLarge: The file has more bytes, pixels or frames than `limits` allow.
        DamagedImage: The image cannot be decoded to its end, or its examination failed unexpectedly.
        Unavailable: There is not enough memory now.
    """
    header = gate.check(data, limits)
    with decoding(header.pixels):
        fingerprint = fingerprint_of(data, header)
    return _facts(header, len(data), sha256, fingerprint)


@examining()
def describe(data: bytes, limits: Limits, *, sha256: str, fingerprint: str) -> Facts:
    """The facts about an image that was examined before. Reads only the header, because the fingerprint is known.

    Raises:
        EmptyImage, UnsupportedFormat, ImageTooLarge, DamagedImage: As `examine`, as far as the header shows it.
    """
    return _facts(gate.check(data, limits), len(data), sha256, fingerprint)


def _facts(header: Header, size: int, sha256: str, fingerprint: str) -> Facts:
    metadata = exif.read(header.exif)
    width, height = header.displayed
    return Facts(
        format=header.format,
        bytes=size,
        sha256=sha256,
        fingerprint=fingerprint,
        width=width,
        height=height,
        frames=header.frames,
        taken_at=metadata.taken_at,
        exif=metadata.details,
    )
