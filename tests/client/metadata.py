"""Metadata as programs for photographers write it into JPEG files."""

import struct
from collections.abc import Iterable

from PIL import Image

_XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">{}
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def with_iptc(file: bytes, *, caption: str = "", keywords: Iterable[str] = (), charset: str = "utf-8") -> bytes:
    """The JPEG with an IPTC record, as Photoshop stores it. It declares its character set if that is UTF-8."""
    records = [(1, 90, b"\x1b%G")] if charset == "utf-8" else []
    records += [(2, 25, each.encode(charset)) for each in keywords]
    records += [(2, 120, caption.encode(charset))] if caption else []
    block = b"".join(struct.pack(">BBBH", 0x1C, *each[:2], len(each[2])) + each[2] for each in records)
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(block)) + block + bytes(len(block) % 2)
    return _with_segment(file, 0xED, b"Photoshop 3.0\0" + resource)


def with_xmp(file: bytes, escaped: str) -> bytes:
    """The JPEG with an XMP packet whose `dc:description` is this XML text."""
    words = f'<rdf:Alt><rdf:li xml:lang="x-default">{escaped}</rdf:li>\n</rdf:Alt>'
    return with_xmp_of(file, f"<dc:description>{words}</dc:description>")


def with_xmp_of(file: bytes, properties: str) -> bytes:
    """The JPEG with an XMP packet that has these properties, as XML."""
    return _with_segment(file, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _XMP.format(properties).encode())


def sidecar(caption: str, *keywords: str) -> bytes:
    """An XMP file with a caption and keywords."""
    words = f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{caption}</rdf:li></rdf:Alt></dc:description>'
    items = "".join(f"<rdf:li>{each}</rdf:li>" for each in keywords)
    return _XMP.format(f"{words if caption else ''}<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>").encode()


def exif_of(*, description: bytes = b"", comment: str = "") -> bytes:
    """An EXIF block with ImageDescription and the comment of Windows."""
    exif = Image.Exif()
    if description:
        exif[0x010E] = description
    if comment:
        exif[0x9C9C] = comment.encode("utf-16-le") + b"\0\0"
    return exif.tobytes()


def exif_entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
    """An EXIF block with one entry of any TIFF type, whether or not the tag allows it."""
    offset = struct.pack("<I", 26)
    entry = struct.pack("<HHI", tag, kind, count) + (value.ljust(4, b"\0") if len(value) <= 4 else offset)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4) + (value if len(value) > 4 else b"")


def _with_segment(file: bytes, marker: int, content: bytes) -> bytes:
    return file[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + file[2:]
