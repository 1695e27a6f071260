"""AVIF and HEIC: boxes in boxes. Read only as far as it takes to know how much a decoder would be asked to do."""

import struct
from collections.abc import Iterator
from typing import Final

from functions.domain.errors import DamagedImage
from functions.domain.formats import AVIF, HEIC, Format
from functions.domain.limits import Limits
from functions.imaging.header import MAX_PARTS, check_frames, check_size

_AVIF_BRANDS: Final = frozenset((b"avif", b"avis"))
_HEIC_BRANDS: Final = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_PARENTS: Final = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0}
"""Boxes that hold the boxes looked for, with the bytes before the first of those."""


def sniff(data: bytes) -> Format | None:
    """The format that a file of boxes announces, if it is one of ours."""
    size = int.from_bytes(data[:4])
    brands = [data[8:12], *(data[place : place + 4] for place in range(16, min(size, 256), 4))]
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return AVIF
        if brand in _HEIC_BRANDS:
            return HEIC
    return None


def check(data: bytes, limits: Limits) -> None:
    """Look at every size and every sample count that the boxes state, whichever picture they are of.

    Raises:
        DamagedImage: the file is truncated, or its structure is broken.
        ImageTooLarge: one exceeds `limits`.
    """
    width = height = 1
    for kind, start in boxes(data):
        if kind == b"ispe":
            width, height = struct.unpack_from(">II", data, start + 4)
            check_size(width, height, limits)
        elif kind == b"stsz":
            (samples,) = struct.unpack_from(">I", data, start + 8)
            check_frames(samples, width, height, limits)


def boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Kind and content's place of every box, those inside `_PARENTS` included.

    Raises:
        DamagedImage: one reaches beyond its parent's end.
    """
    open_ends = [len(data)]
    place = 0
    for _ in range(MAX_PARTS):
        while open_ends and place >= open_ends[-1]:
            open_ends.pop()
        if not open_ends:
            return
        start, end, kind = _box(data, place, open_ends[-1])
        yield kind, start
        if kind in _PARENTS:
            open_ends.append(end)
            place = start + _PARENTS[kind]
        else:
            place = end
    raise DamagedImage


def _box(data: bytes, place: int, limit: int) -> tuple[int, int, bytes]:
    """The content's start, the end, and the kind of the box there."""
    size, kind = struct.unpack_from(">I4s", data, place)
    start = place + 8
    if size == 1:
        (size,) = struct.unpack_from(">Q", data, start)
        start += 8
    end = place + size if size else limit
    if not start <= end <= limit:
        raise DamagedImage
    return start, end, kind
