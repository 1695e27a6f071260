"""Names for files that are saved on this machine. No answer of the service can make one a path."""

import sys
from mimetypes import guess_extension
from pathlib import Path
from typing import Final

from image_repo.text import single_line

_FORBIDDEN: Final = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "123456789¹²³"}
)
"""Names, in lower case, that mean a device on Windows, with any extension."""


def safe_name(*candidates: object, platform: str = sys.platform) -> str:
    """The first candidate that has a usable last part: without folders, not hidden, and printable.

    >>> safe_name("", "../../photo.jpg")
    'photo.jpg'
    >>> safe_name("nul.jpg", platform="win32")
    '_nul.jpg'
    """
    for each in candidates:
        name = _last_part(each)
        if platform == "win32":
            name = _windows_name(name)
        if name:
            return name
    return "image"


def with_suffix_of(path: Path, content_type: str) -> Path:
    """The path with an extension if it has none; and with `.webp` for an image that the service shows as WebP."""
    if content_type == "image/webp" or not path.suffix:
        return path.with_suffix(guess_extension(content_type) or path.suffix)
    return path


def _last_part(name: object) -> str:
    return single_line(str(name or "")).replace("\\", "/").rpartition("/")[2].lstrip(".")


def _windows_name(name: str) -> str:
    """A name that Windows accepts: it forbids some characters, spaces and periods at the end, and device names."""
    allowed = name.translate(_FORBIDDEN).rstrip(" .")
    return f"_{allowed}" if allowed.partition(".")[0].rstrip().lower() in _DEVICES else allowed
