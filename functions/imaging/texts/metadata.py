"""The metadata blocks of a JPEG, PNG, WebP, AVIF or HEIC file: EXIF, IPTC and XMP. Pixels are never read."""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from functions.imaging.texts.items import EXIF, XMP, read_items

_MAX_BLOCKS: Final = 4_096
"""Segments or chunks of one file. A damaged file may claim to have many millions."""
_MAX_CHUNK: Final = 4 << 20
"""Bytes of a chunk, also after decompression."""
_START_OF_SCAN, _APP1, _APP13 = 0xDA, 0xE1, 0xED
_EXIF: Final = b"Exif\0\0"
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP: Final = b"Photoshop 3.0\0"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_XMP: Final = b"XML:com.adobe.xmp\0"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The blocks; empty if the file does not have them.

    Attributes:
        exif: a TIFF block.
        photoshop: image resources of Photoshop, one of which is the IPTC record.
        xmp: an XML packet.
    """

    exif: bytes = b""
    photoshop: bytes = b""
    xmp: bytes = b""


def read_metadata(file: BinaryIO) -> Metadata:
    """The metadata of an open file, which is read from its beginning to where it is damaged.

    Raises:
        OSError: reading fails.
    """
    head = file.read(12)
    if head.startswith(_PNG):
        file.seek(len(_PNG))
        return _png(file)
    if head.startswith(b"\xff\xd8\xff"):
        file.seek(2)
        return _jpeg(file)
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return _webp(file)
    if head[4:8] == b"ftyp":
        return _heif(file)
    return Metadata()


def _jpeg(file: BinaryIO) -> Metadata:
    exif = xmp = photoshop = b""
    for content in _segments(file):
        if content.startswith(_EXIF):
            exif = exif or content.removeprefix(_EXIF)
        elif content.startswith(_XMP):
            xmp = xmp or content.removeprefix(_XMP)
        elif content.startswith(_PHOTOSHOP):
            photoshop += content.removeprefix(_PHOTOSHOP)  # long ones continue in the next segment
    return Metadata(exif, photoshop, xmp)


def _segments(file: BinaryIO) -> Iterator[bytes]:
    """The contents of the segments before the pixels, as far as they may hold metadata."""
    for _ in range(_MAX_BLOCKS):
        header = file.read(4)
        while header.startswith(b"\xff\xff"):  # fill bytes
            header = header[1:] + file.read(1)
        if len(header) < 4 or header[0] != 0xFF or header[1] == _START_OF_SCAN:  # noqa: PLR2004 - marker and length
            return
        marker, length = header[1], max(0, int.from_bytes(header[2:]) - 2)
        if marker in {_APP1, _APP13}:
            yield file.read(length)
        else:
            file.seek(length, os.SEEK_CUR)


def _png(file: BinaryIO) -> Metadata:
    exif = xmp = b""
    for _ in range(_MAX_BLOCKS):
        header = file.read(8)
        if len(header) < 8:  # noqa: PLR2004 - length and name of a chunk
            break
        length, name = struct.unpack(">I4s", header)
        if name in {b"eXIf", b"iTXt"} and length <= _MAX_CHUNK:
            content = file.read(length)
            exif = exif or (content.removeprefix(_EXIF) if name == b"eXIf" else b"")
            xmp = xmp or (_international_text(content) if name == b"iTXt" else b"")
            length = 0
        file.seek(length + 4, os.SEEK_CUR)
    return Metadata(exif=exif, xmp=xmp)


def _webp(file: BinaryIO) -> Metadata:
    exif = xmp = b""
    for _ in range(_MAX_BLOCKS):
        header = file.read(8)
        if len(header) < 8:  # noqa: PLR2004 - name and length of a chunk
            break
        name, length = struct.unpack("<4sI", header)
        length += length % 2
        if name in {b"EXIF", b"XMP "} and length <= _MAX_CHUNK:
            content = file.read(length)
            exif = exif or (content.removeprefix(_EXIF) if name == b"EXIF" else b"")
            xmp = xmp or (content if name == b"XMP " else b"")
        else:
            file.seek(length, os.SEEK_CUR)
    return Metadata(exif=exif, xmp=xmp)


def _heif(file: BinaryIO) -> Metadata:
    """AVIF or HEIC. The EXIF item begins with the number of bytes before its TIFF block."""
    items = read_items(file, _MAX_CHUNK)
    exif = items.get(EXIF, b"")
    return Metadata(exif=exif[4 + int.from_bytes(exif[:4]) :], xmp=items.get(XMP, b""))


def _international_text(content: bytes) -> bytes:
    """The text of an iTXt chunk if it holds an XMP packet, else empty."""
    if not content.startswith(_PNG_XMP):
        return b""
    flags, rest = content[len(_PNG_XMP) :][:2], content[len(_PNG_XMP) + 2 :]
    text = rest.partition(b"\0")[2].partition(b"\0")[2]  # after a language and a translated keyword
    try:
        return zlib.decompressobj().decompress(text, _MAX_CHUNK) if flags[:1] == b"\1" else text
    except zlib.error:
        return b""
