"""AVIF and HEIC: a file of nested boxes, read only to find out how much work the file demands of a decoder."""

import struct
from collections import Counter
from collections.abc import Iterator
from typing import Final

from functions.domain.errors import DamagedImage, ImageTooLarge
from functions.domain.formats import AVIF, HEIC, Format
from functions.domain.limits import MIB, Limits
from functions.imaging.header import MAX_PARTS, check_frames, check_size

_AVIF_BRANDS: Final = frozenset((b"avif", b"avis"))
_HEIC_BRANDS: Final = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_PARENTS: Final = {
    b"meta": 4,
    b"iprp": 0,
    b"ipco": 0,
    b"iref": 4,
    b"moov": 0,
    b"trak": 0,
    b"mdia": 0,
    b"minf": 0,
    b"stbl": 0,
}
"""The boxes to descend into, each with the number of bytes before its first child."""

_MAX_REUSE: Final = 2
_REUSE_SLACK: Final = MIB
"""Items of a file can share bytes, and a decoder reads these bytes once for each item. In real files, only a few small
items share bytes. So all items together can have twice the bytes of the file, and a MiB more."""


def sniff(data: bytes) -> Format | None:
    """The format that the brands of the file announce; None if it is neither AVIF nor HEIC."""
    size = int.from_bytes(data[:4])
    brands = [data[8:12], *(data[place : place + 4] for place in range(16, min(size, 256), 4))]
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return AVIF
        if brand in _HEIC_BRANDS:
            return HEIC
    return None


def check(data: bytes, limits: Limits) -> None:
    """Check every size and every count that the boxes state, whichever picture of the file they belong to.

    Raises:
        DamagedImage: the file is truncated, or its structure is broken.
        ImageTooLarge: a picture exceeds `limits`, or items share so many bytes that reading them would exhaust memory.
    """
    width = height = 1
    lengths: Counter[int] = Counter()
    uses: Counter[int] = Counter()
    wide = False
    for kind, start in boxes(data):
        if kind == b"ispe":
            width, height = struct.unpack_from(">II", data, start + 4)
            check_size(width, height, limits)
        elif kind == b"stsz":
            (samples,) = struct.unpack_from(">I", data, start + 8)
            check_frames(samples, width, height, limits)
        elif kind == b"iloc":
            lengths.update(_item_lengths(data, start))
        elif kind == b"iref":
            wide = data[start] > 0
        elif kind == b"cdsc":
            item, count = struct.unpack_from(">IH" if wide else ">HH", data, start)
            uses[item] += count
    _check_reuse(sum(length * max(1, uses[item]) for item, length in lengths.items()), len(data))


def _check_reuse(needed: int, size: int) -> None:
    if needed > _MAX_REUSE * size + _REUSE_SLACK:
        raise ImageTooLarge(
            f"The items of the file have {needed:,} bytes, although the file has only {size:,}. Save the image again."
        )


def _item_lengths(data: bytes, start: int) -> dict[int, int]:
    """The length in bytes of each item that an `iloc` box locates, by the item's id."""
    version = data[start]
    offset_size, length_size = divmod(data[start + 4], 16)
    base_size, index_size = divmod(data[start + 5], 16)
    number = ">I" if version > 1 else ">H"
    step = offset_size + length_size + (index_size if version else 0)
    place = start + 6
    (count,) = struct.unpack_from(number, data, place)
    place += struct.calcsize(number)
    lengths: Counter[int] = Counter()
    parts = 0
    for _ in range(count):
        (item,) = struct.unpack_from(number, data, place)
        place += struct.calcsize(number) + (4 if version else 2) + base_size
        (extents,) = struct.unpack_from(">H", data, place)
        place += 2
        parts += 1 + extents
        if parts > MAX_PARTS:
            raise DamagedImage
        for _ in range(extents):
            place += step
            lengths[item] += int.from_bytes(data[place - length_size : place])
    return lengths


def boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    """The kind of every box and the place of its content, including the boxes inside `_PARENTS`.

    Raises:
        DamagedImage: a box extends beyond the end of its parent, or there are more than `MAX_PARTS`.
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
    """The start of the content, the end, and the kind of the box at that place."""
    size, kind = struct.unpack_from(">I4s", data, place)
    start = place + 8
    if size == 1:
        (size,) = struct.unpack_from(">Q", data, start)
        start += 8
    end = place + size if size else limit
    if not start <= end <= limit:
        raise DamagedImage
    return start, end, kind
