"""The bounds of files, requests and objects. `model.ENTRY` declares the bounds of fields."""

from dataclasses import dataclass, replace
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

MAX_METADATA: Final = 8 * KIB
"""Bytes (UTF-8) of an object's custom metadata, names included."""

MAX_RESPONSE: Final = 32_000_000
"""Bytes of a response's body. The platform allows 32 MiB, so there is space for the headers."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The gate's bounds, checked before any pixel is decoded.

    Attributes:
        bytes: the size of one image file.
        side: pixels, of the width and of the height.
        pixels: width times height.
        frames: the frames of an animation.
        frame_pixels: frames times width times height.
        scans: passes of a progressive JPEG. Each pass goes over the whole image.
        advice: what to do about a file with too many bytes.
    """

    bytes: int = 30 * MIB
    side: int = 16_384
    pixels: int = 50_000_000
    frames: int = 300
    frame_pixels: int = 200_000_000
    scans: int = 64
    advice: str = "Send a smaller file."


HTTP_LIMITS: Final = Limits()
TICKET_LIMITS: Final = replace(HTTP_LIMITS, bytes=100 * MIB)
TICKET_ADVICE: Final = (
    f"Get an upload ticket for each file of up to {TICKET_LIMITS.bytes:,} bytes: POST /upload/tickets."
)
UPLOAD_LIMITS: Final = replace(HTTP_LIMITS, advice=TICKET_ADVICE)
MAX_REQUEST: Final = 32 * MIB
"""Bytes of one request's body, which can contain several images or base64."""
MAX_JSON: Final = MIB
"""Bytes of a JSON body without its images."""
MAX_IMAGES: Final = 100
"""Images in one request."""
