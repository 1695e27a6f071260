"""AVIF and HEIC: a file of nested boxes. How much work it demands of a decoder, and what decoders do not tell."""

import struct
from collections import Counter
from collections.abc import Iterator
from typing import Final

from functions.domain.errors import DamagedImage, ImageTooLarge
from functions.domain.formats import AVIF, HEIC, Format
from functions.domain.limits import MIB, Limits
from functions.imaging.containers import items, picture
from functions.imaging.containers.items import Box
from functions.imaging.containers.picture import Picture
from functions.imaging.header import MAX_PARTS, check_frames, check_size

_AVIF_BRANDS: Final = frozenset((b"avif", b"avis"))
_HEIC_BRANDS: Final = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_PARENTS: Final = {
    b"meta": 4,
    b"iprp": 0,
    b"ipco": 0,
    b"iref": 4,
    b"iinf": 6,
    b"moov": 0,
    b"trak": 0,
    b"edts": 0,
    b"mdia": 0,
    b"minf": 0,
    b"stbl": 0,
}
"""The boxes to descend into, each with the number of bytes before its first child."""

_WIDE_COUNT: Final = 8
"""The same for `iinf` of a newer version, whose count has four bytes."""

_DESCRIPTIONS: Final = frozenset((b"meta", b"moov"))
_DATA: Final = frozenset((b"mdat", b"idat"))
"""The boxes that a file must have before anything that is not a box."""
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


def check(data: bytes, limits: Limits) -> Picture:
    """Check every size and every count that the boxes state, whichever picture of the file they belong to.

    Returns:
        What the decoders do not tell about the primary picture.

    Raises:
        DamagedImage: The file is truncated, or its structure is broken.
        ImageTooLarge: A picture exceeds `limits`, or items share so many bytes that reading them would exhaust memory.
    """
    width = height = 1
    uses: Counter[int] = Counter()
    wide = False
    found = list(boxes(data))
    for kind, start, _ in found:
        if kind == b"ispe":
            width, height = struct.unpack_from(">II", data, start + 4)
            check_size(width, height, limits)
        elif kind == b"stsz":
            (samples,) = struct.unpack_from(">I", data, start + 8)
            check_frames(samples, width, height, limits)
        elif kind == b"iref":
            wide = data[start] > 0
        elif kind == b"cdsc":
            item, count = struct.unpack_from(">IH" if wide else ">HH", data, start)
            uses[item] += count
    read = items.read(data, found)
    lengths = {item: sum(stop - start for start, stop in places) for item, places in read.places.items()}
    _check_reuse(sum(length * max(1, uses[item]) for item, length in lengths.items()), len(data))
    return picture.of(data, found, read)


def _check_reuse(needed: int, size: int) -> None:
    if needed > _MAX_REUSE * size + _REUSE_SLACK:
        raise ImageTooLarge(
            f"The items of the file have {needed:,} bytes, although the file has only {size:,}. Save the image again."
        )


def boxes(data: bytes) -> Iterator[Box]:
    """The kind of every box and the places of its content, including the boxes inside `_PARENTS`.

    Decoders ignore bytes after the pictures that are not a box, and so does this: some cameras append their own data.

    Raises:
        DamagedImage: A box extends beyond the end of its parent, or there are more than `MAX_PARTS`.
    """
    open_ends = [len(data)]
    place = 0
    seen: set[bytes] = set()
    for _ in range(MAX_PARTS):
        while open_ends and place >= open_ends[-1]:
            open_ends.pop()
        if not open_ends:
            return
        box = _box(data, place, open_ends[-1])
        if box is None:
            if len(open_ends) == 1 and not seen.isdisjoint(_DESCRIPTIONS) and not seen.isdisjoint(_DATA):
                return
            break
        kind, start, stop = box
        seen.add(kind)
        yield box
        if kind in _PARENTS:
            open_ends.append(stop)
            place = start + (_WIDE_COUNT if kind == b"iinf" and data[start] else _PARENTS[kind])
        else:
            place = stop
    raise DamagedImage


def _box(data: bytes, place: int, limit: int) -> Box | None:
    """The box at that place; None if there is none that ends before the limit."""
    if place + 8 > limit:
        return None
    size, kind = struct.unpack_from(">I4s", data, place)
    start = place + 8
    if size == 1:
        (size,) = struct.unpack_from(">Q", data, start)
        start += 8
    stop = place + size if size else limit
    return (kind, start, stop) if start <= stop <= limit else None
