"""ICC profiles without what is private in them: the device, its serial number, dates and texts of its owner."""

import struct
from typing import Final

from functions.imaging.colours import icc

_KEPT: Final = frozenset(
    (
        *(b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"A2B0", b"A2B1", b"A2B2"),
        *(b"B2A0", b"B2A1", b"B2A2", b"D2B0", b"D2B1", b"D2B2", b"D2B3", b"B2D0", b"B2D1", b"B2D2", b"B2D3"),
        *(b"wtpt", b"bkpt", b"chad", b"gamt", b"cicp"),
    ),
)
"""The tags that affect colours."""

_NAMES: Final = frozenset(
    (
        *("sRGB", "sRGB IEC61966-2.1", "sRGB built-in", "sRGB2014", "c2", "sRGB Color Space Profile"),
        *("Display P3", "DCI P3", "Adobe RGB (1998)", "Apple RGB", "ColorMatch RGB", "ProPhoto RGB", "ROMM RGB"),
        *("Wide Gamut RGB", "ITU-R BT.709", "ITU-R BT.2020", "Rec. 2020", "eciRGB v2", "Generic RGB Profile"),
        *("Generic Gray Profile", "Generic Gray Gamma 2.2 Profile", "Dot Gain 20%", "Gray Gamma 2.2"),
        *("U.S. Web Coated (SWOP) v2", "Coated FOGRA39 (ISO 12647-2:2004)", "Japan Color 2001 Coated"),
    ),
)
"""Names of well-known colour spaces. They tell nothing about a device, so such a profile keeps its name and its notice
of copyright."""

_HEADER: Final = ((8, 24), (36, 40), (44, 48), (64, 80))
"""What stays of the header: version, class and colour spaces; the signature; flags; intent and illuminant."""

_V4: Final = 4


def public(data: bytes) -> bytes:
    """The profile with the same colours and without private parts. Empty if viewers ignore the profile."""
    tags = icc.tags_of(data)
    if tags is None or icc.parse(data) is None:
        return b""
    kept = {name: content for name, content in tags.items() if name in _KEPT}
    name = _text(tags.get(b"desc", b""))
    texts = _texts(name if name in _NAMES else f"{data[16:20].decode('latin-1').strip()} profile", version=data[8])
    if name in _NAMES and b"cprt" in tags:
        texts[b"cprt"] = tags[b"cprt"]
    head = bytearray(128)
    for start, stop in _HEADER:
        head[start:stop] = data[start:stop]
    return icc.written(bytes(head), texts | kept)


def _texts(name: str, version: int) -> dict[bytes, bytes]:
    """The texts that a profile must have, in the form of its version."""
    notice = "No notice of copyright"
    if version >= _V4:
        return {b"desc": _localized(name), b"cprt": _localized(notice)}
    ascii_text = name.encode("ascii") + b"\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(ascii_text)) + ascii_text + bytes(4 + 4 + 2 + 1 + 67)
    return {b"desc": description, b"cprt": b"text" + bytes(4) + notice.encode("ascii") + b"\0"}


def _localized(text: str) -> bytes:
    """A text of type `mluc` in one language."""
    content = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II4sII", 1, 12, b"enUS", len(content), 28) + content


def _text(content: bytes) -> str:
    """The text of a description, in the first language; empty if it cannot be read."""
    try:
        if content[:4] == b"mluc":
            size, start = struct.unpack_from(">II", content, 20)
            return content[start : start + size].decode("utf-16-be")
        (size,) = struct.unpack_from(">I", content, 8)
        return content[12 : 12 + size].rstrip(b"\0").decode("ascii")
    except (UnicodeDecodeError, struct.error):
        return ""
