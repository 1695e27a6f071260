"""The caption and the keywords of an IPTC record (IIM 4)."""

import struct
from dataclasses import dataclass
from typing import Final

_IPTC: Final = 0x0404
"""The number of the image resource."""
_CHARSET, _KEYWORD, _CAPTION = (1, 90), (2, 25), (2, 120)
_UTF_8: Final = b"\x1b%G"
_EXTENDED: Final = 0x8000
"""From this value on, the field contains the length of a length field that follows. No caption is that long."""


@dataclass(frozen=True, slots=True)
class IptcText:
    """The texts; empty if the record does not have them."""

    caption: str = ""
    keywords: tuple[str, ...] = ()


def read_iptc_text(photoshop: bytes) -> IptcText:
    """The texts of the IPTC record among Photoshop's image resources, as far as it is not damaged."""
    found: dict[tuple[int, int], list[bytes]] = {}
    record = _resource(photoshop, _IPTC)
    at = 0
    while record[at : at + 1] == b"\x1c" and at + 5 <= len(record):
        section, number, length = struct.unpack_from(">BBH", record, at + 1)
        if length >= _EXTENDED:
            break
        found.setdefault((section, number), []).append(record[at + 5 : at + 5 + length])
        at += 5 + length
    utf_8 = _UTF_8 in found.get(_CHARSET, [])
    caption = next(iter(found.get(_CAPTION, [])), b"")
    keywords = (decode_text(each, utf_8=utf_8) for each in found.get(_KEYWORD, []))
    return IptcText(decode_text(caption, utf_8=utf_8), tuple(keywords))


def decode_text(data: bytes, *, utf_8: bool = False) -> str:
    """Text in UTF-8 if it is declared so or is valid as such; otherwise in the encoding of older Windows programs.

    That is Windows-1252: Latin-1 with typographic quotes and the euro sign. It has no character for five bytes, so a
    text with one of them is read as Latin-1.
    """
    try:
        return data.decode("utf-8", "replace" if utf_8 else "strict")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _resource(data: bytes, wanted: int) -> bytes:
    """The image resource with that number; empty if there is none."""
    at = 0
    while data[at : at + 4] == b"8BIM" and at + 7 <= len(data):
        number, name_length = struct.unpack_from(">HB", data, at + 4)
        at += 7 + name_length + (name_length + 1) % 2
        size = int.from_bytes(data[at : at + 4])
        at += 4
        if number == wanted:
            return data[at : at + size]
        at += size + size % 2
    return b""
