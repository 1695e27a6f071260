"""The metadata items of an AVIF or HEIC file (ISO/IEC 14496-12, HEIF)."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

EXIF: Final = "Exif"
XMP: Final = "application/rdf+xml"
_MAX_BOXES: Final = 1_000
"""Boxes of a level; items in a file; parts of all items together."""
_IN_FILE, _IN_META = 0, 1
"""Where an item can be: in the file, or in the box `idat`."""


@dataclass(slots=True)
class _Reader:
    """Numbers of a box, one after the other. Behind the end of the box there are zeros."""

    data: bytes
    at: int = 0

    def number(self, size: int) -> int:
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at].ljust(size, b"\0"))

    def text(self) -> str:
        end = self.data.find(b"\0", self.at)
        end = len(self.data) if end < 0 else end
        start, self.at = self.at, end + 1
        return self.data[start:end].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an item is: the method, and the start and length of each part."""

    method: int
    parts: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def read_items(file: BinaryIO, max_bytes: int) -> dict[str, bytes]:
    """The first item of the kinds `EXIF` and `XMP`, as far as the file has them with at most `max_bytes` each.

    Raises:
        OSError: reading fails.
    """
    meta = _Reader(_meta(file, max_bytes), at=4)
    boxes: dict[bytes, bytes] = {}
    for kind, content in _boxes(meta):
        boxes.setdefault(kind, content)
    kinds = dict(_kinds(boxes.get(b"iinf", b"")))
    found: dict[str, bytes] = {}
    for item, place in _places(boxes.get(b"iloc", b"")):
        what = kinds.get(item)
        if what is not None and what not in found and sum(length for _, length in place.parts) <= max_bytes:
            found[what] = _content(file, place, boxes.get(b"idat", b""))
    return found


def _meta(file: BinaryIO, max_bytes: int) -> bytes:
    """The content of the box `meta`, which precedes the pixels; empty if there is none."""
    file.seek(0)
    for _ in range(_MAX_BOXES):
        header = file.read(8)
        if len(header) < 8:  # noqa: PLR2004 - size and kind of a box
            return b""
        size, kind = struct.unpack(">I4s", header)
        size = int.from_bytes(file.read(8)) - 16 if size == 1 else size - 8
        if kind == b"meta":
            return file.read(size) if 0 <= size <= max_bytes else b""
        if size < 0:
            return b""
        file.seek(size, os.SEEK_CUR)
    return b""


def _boxes(reader: _Reader) -> Iterator[tuple[bytes, bytes]]:
    """The kind and the content of each box that follows."""
    for _ in range(_MAX_BOXES):
        start = reader.at
        size, kind = reader.number(4), reader.number(4).to_bytes(4)
        if size == 1:
            size = reader.number(8)
        if size < reader.at - start:
            return
        yield kind, reader.data[reader.at : start + size]
        reader.at = start + size


def _kinds(iinf: bytes) -> Iterator[tuple[int, str]]:
    """The id and the kind of each item with metadata."""
    reader = _Reader(iinf)
    reader.number(4 if reader.number(4) >> 24 else 2)
    for kind, content in _boxes(reader):
        entry = _Reader(content)
        version = entry.number(4) >> 24
        if kind != b"infe" or version not in {2, 3}:
            continue
        item = entry.number(version * 2 - 2)
        entry.number(2)
        what = entry.number(4).to_bytes(4)
        entry.text()
        if what == b"Exif":
            yield item, EXIF
        elif what == b"mime" and entry.text() == XMP:
            yield item, XMP


def _places(iloc: bytes) -> Iterator[tuple[int, _Place]]:
    """The id of each item, and where it is."""
    reader = _Reader(iloc)
    version = reader.number(4) >> 24
    sizes = reader.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version > 1 else 2
    left = _MAX_BOXES
    for _ in range(min(reader.number(wide), _MAX_BOXES)):
        item = reader.number(wide)
        method = reader.number(2) & 15 if version else _IN_FILE
        reader.number(2)
        base = reader.number(base_size)
        place = _Place(method)
        count = reader.number(2)
        left -= count
        if left < 0:
            return
        for _ in range(count):
            reader.number(index_size if version else 0)
            offset = reader.number(offset_size)
            place.parts.append((base + offset, reader.number(length_size)))
        yield item, place


def _content(file: BinaryIO, place: _Place, idat: bytes) -> bytes:
    if place.method == _IN_META:
        return b"".join(idat[start : start + length] for start, length in place.parts)
    if place.method != _IN_FILE:
        return b""
    pieces = []
    for start, length in place.parts:
        file.seek(start)
        pieces.append(file.read(length))
    return b"".join(pieces)
