"""The items of an AVIF or HEIC file: pictures, their properties, and the places of their bytes.

A file has a primary picture. It may consist of tiles, and have auxiliary pictures: its transparency, or a gain map. The
boxes are those of ISO/IEC 14496-12 and 23008-12.
"""

import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from functions.domain.errors import DamagedImage
from functions.imaging.header import MAX_PARTS, Place

Box = tuple[bytes, int, int]
"""The kind of a box, and the start and the stop of its content."""

_ALPHA: Final = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0")
_GAIN_MAP: Final = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"


@dataclass(slots=True)
class Items:
    """The items of a file, by id.

    Attributes:
        primary: The id of the primary picture; 0 if the file names none.
        kinds: The four bytes that name the kind of each item.
        properties: The properties of each item, in their order.
        places: The places of the bytes of each item.
        references: For each kind of reference, the items to which an item refers.
    """

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    properties: dict[int, list[Box]] = field(default_factory=dict)
    places: dict[int, list[Place]] = field(default_factory=dict)
    references: dict[bytes, dict[int, list[int]]] = field(default_factory=dict)

    def property(self, kind: bytes, item: int) -> Place | None:
        """The place of the first property of that kind; None if the item has none."""
        return next(((start, stop) for name, start, stop in self.properties.get(item, ()) if name == kind), None)

    def coded(self, item: int) -> list[Place]:
        """The places of the bytes of an item and of the items that it is made of."""
        found, todo, seen = [], deque([item]), {item}
        while todo:
            each = todo.popleft()
            found += self.places.get(each, [])
            parts = [part for part in self.references.get(b"dimg", {}).get(each, []) if part not in seen]
            seen.update(parts)
            todo += parts
        return found

    def auxiliary(self, data: bytes, types: tuple[bytes, ...]) -> list[int]:
        """The auxiliary pictures of the primary picture with one of these types."""
        found = []
        for item, targets in self.references.get(b"auxl", {}).items():
            place = self.property(b"auxC", item)
            if self.primary in targets and place and data[place[0] + 4 : place[1]].startswith(types):
                found.append(item)
        return found

    def alpha(self, data: bytes) -> list[int]:
        """The pictures with the transparency of the primary picture."""
        return self.auxiliary(data, _ALPHA)

    def gain_maps(self, data: bytes) -> list[int]:
        """The items of a gain map for the primary picture: that of Apple, and those of ISO 21496-1."""
        mapped = (whole for whole, parts in self.references.get(b"dimg", {}).items() if self.primary in parts)
        return self.auxiliary(data, (_GAIN_MAP,)) + sorted(each for each in mapped if self.kinds.get(each) == b"tmap")


def read(data: bytes, boxes: list[Box]) -> Items:
    """The items that the boxes of a `meta` box describe.

    Args:
        data: The file.
        boxes: All boxes in it, also those inside other ones.

    Raises:
        DamagedImage: There are more than `MAX_PARTS` places or properties.
        IndexError, struct.error: A box is too short.
    """
    items = Items()
    base = next((start for kind, start, _ in boxes if kind == b"idat"), 0)
    first, last = next(((start, stop) for kind, start, stop in boxes if kind == b"ipco"), (0, 0))
    properties = [box for box in boxes if first <= box[1] - 8 and box[2] <= last]
    referring, wide = (0, 0), False
    for box in boxes:
        kind, start, stop = box
        if kind == b"pitm":
            (items.primary,) = struct.unpack_from(">I" if data[start] else ">H", data, start + 4)
        elif kind == b"infe" and data[start] >= 2:  # noqa: PLR2004 - older versions have no kind
            item, name = struct.unpack_from(">H2x4s" if data[start] == 2 else ">I2x4s", data, start + 4)  # noqa: PLR2004
            items.kinds[item] = name
        elif kind == b"iloc":
            items.places.update(_places(data, start, base))
        elif kind == b"ipma":
            _associate(data, start, properties, items)
        elif kind == b"iref":
            referring, wide = (start, stop), data[start] > 0
        elif referring[0] < start and stop <= referring[1]:
            _refer(data, box, wide=wide, items=items)
    return items


def _associate(data: bytes, start: int, properties: list[Box], items: Items) -> None:
    """Read which properties each item has (`ipma`)."""
    wide_items, wide_numbers = data[start] > 0, data[start + 3] & 1
    (count,) = struct.unpack_from(">I", data, start + 4)
    place, parts = start + 8, 0
    for _ in range(count):
        (item,) = struct.unpack_from(">I" if wide_items else ">H", data, place)
        place += 4 if wide_items else 2
        numbers, place = data[place], place + 1
        parts = _counted(parts + 1 + numbers)
        for _ in range(numbers):
            size = 1 + wide_numbers
            number = int.from_bytes(data[place : place + size]) & (1 << 8 * size - 1) - 1  # without the highest bit
            place += size
            if 0 < number <= len(properties):
                items.properties.setdefault(item, []).append(properties[number - 1])


def _refer(data: bytes, box: Box, *, wide: bool, items: Items) -> None:
    """Read to which items an item refers: a box in `iref`."""
    kind, start, stop = box
    number = ">I" if wide else ">H"
    size = struct.calcsize(number)
    (item,) = struct.unpack_from(number, data, start)
    (count,) = struct.unpack_from(">H", data, start + size)
    places = range(start + size + 2, stop - size + 1, size)[:count]
    targets = items.references.setdefault(kind, {}).setdefault(item, [])
    targets += (struct.unpack_from(number, data, each)[0] for each in places)


def _places(data: bytes, start: int, base: int) -> dict[int, list[Place]]:
    """The places of the bytes of each item (`iloc`). `base` is the start of the bytes in `idat`."""
    version = data[start]
    offset_size, length_size = divmod(data[start + 4], 16)
    base_size, index_size = divmod(data[start + 5], 16)
    number = ">I" if version > 1 else ">H"
    place = start + 6
    (count,) = struct.unpack_from(number, data, place)
    place += struct.calcsize(number)
    places: dict[int, list[Place]] = {}
    parts = 0
    for _ in range(count):
        (item,) = struct.unpack_from(number, data, place)
        place += struct.calcsize(number)
        in_idat = version > 0 and data[place + 1] & 15 == 1
        place += (4 if version else 2) + base_size
        origin = int.from_bytes(data[place - base_size : place]) + (base if in_idat else 0)
        (extents,) = struct.unpack_from(">H", data, place)
        place += 2
        parts = _counted(parts + 1 + extents)
        for _ in range(extents):
            place += index_size if version else 0
            offset = origin + int.from_bytes(data[place : place + offset_size])
            place += offset_size + length_size
            length = int.from_bytes(data[place - length_size : place])
            places.setdefault(item, []).append((offset, offset + length))
    return places


def _counted(parts: int) -> int:
    """The number of parts, which is bounded: a hostile file can have millions, and each takes time.

    Raises:
        DamagedImage: There are more than `MAX_PARTS`.
    """
    if parts > MAX_PARTS:
        raise DamagedImage
    return parts
