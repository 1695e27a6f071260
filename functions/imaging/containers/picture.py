"""The primary picture of an AVIF or HEIC file: its colours, its crop, and what its decoder does not return."""

import struct
from typing import Final, NamedTuple

from functions.imaging.colours import cicp
from functions.imaging.colours.statement import SRGB, Colours
from functions.imaging.containers.items import Box, Items
from functions.imaging.header import Place

_PROFILES: Final = (b"prof", b"rICC")
_FOR_EVER: Final = 0


class Picture(NamedTuple):
    """What the boxes say about the primary picture.

    Attributes:
        colours: As in the header.
        aperture: The clean aperture as 8 numbers: width, height, and the offset of the centre to the right and down,
            each as a fraction; empty if there is none.
        counted: As in the header.
        plays: As in the header, for a sequence.
    """

    colours: Colours
    aperture: tuple[int, ...]
    counted: tuple[Place, ...]
    plays: int

    def crop(self, width: int, height: int) -> tuple[int, int, int, int] | None:
        """The part of a picture of that size in pixels which the clean aperture shows (ISO/IEC 14496-12, 12.1.4).

        None if all of it is shown, or if the aperture is not within the picture at whole pixels: decoders ignore such
        an aperture.
        """
        if not self.aperture or not all(self.aperture[1::2]):
            return None
        sides = []
        for size, (shown, shown_unit), (offset, unit) in zip(
            (width, height),
            (self.aperture[0:2], self.aperture[2:4]),
            (self.aperture[4:6], self.aperture[6:8]),
            strict=True,
        ):
            length, rest = divmod(shown, shown_unit)
            # The centre is at (size - 1) / 2 + offset, and the first pixel is (length - 1) / 2 before it.
            first, uneven = divmod((size - length) * unit + 2 * offset, 2 * unit)
            if rest or uneven or first < 0 or length < 1 or first + length > size:
                return None
            sides.append((first, first + length))
        (left, right), (top, bottom) = sides
        return None if (right - left, bottom - top) == (width, height) else (left, top, right, bottom)


def of(data: bytes, boxes: list[Box], items: Items) -> Picture:
    """The primary picture.

    Raises:
        IndexError, struct.error: A box is too short.
    """
    place = items.property(b"clap", items.primary)
    aperture = struct.unpack_from(">IIIIiIiI", data, place[0]) if place else ()
    counted = [place for each in items.gain_maps(data) for place in items.coded(each)]
    if _is_deep(data, items):
        pictures = (items.primary, *items.alpha(data))
        counted += [place for each in pictures for place in items.coded(each)]
        if any(kind == b"moov" for kind, _, _ in boxes):
            counted += [(start, stop) for kind, start, stop in boxes if kind == b"mdat"]
    return Picture(_colours(data, items), aperture, tuple(dict.fromkeys(counted)), _plays(data, boxes))


def _is_deep(data: bytes, items: Items) -> bool:
    """Whether the picture, or a part of it, has more than 8 bits a channel."""
    parts = (items.primary, *items.references.get(b"dimg", {}).get(items.primary, []), *items.alpha(data))
    for item in parts:
        for kind, start, _ in items.properties.get(item, ()):
            if kind == b"pixi" and max(data[start + 5 : start + 5 + data[start + 4]], default=8) > 8:  # noqa: PLR2004
                return True
            if kind == b"av1C" and data[start + 2] & 0x40:  # the flag for 10 and 12 bits
                return True
            if kind == b"hvcC" and data[start + 17] & 7:  # bits of luma above 8
                return True
    return False


def _colours(data: bytes, items: Items) -> Colours:
    """The profile and the code points of the picture, or of its first tile if it has none itself."""
    tiles = items.references.get(b"dimg", {}).get(items.primary, [])[:1]
    for item in (items.primary, *tiles):
        icc, space = b"", None
        for kind, start, stop in items.properties.get(item, ()):
            if kind == b"colr" and data[start : start + 4] in _PROFILES:
                icc = icc or data[start + 4 : stop]
            elif kind == b"colr" and data[start : start + 4] == b"nclx":
                space = space or cicp.of_coded_picture(*struct.unpack_from(">HH", data, start + 4))
        if icc or space:
            return Colours(icc, space)
    return SRGB


def _plays(data: bytes, boxes: list[Box]) -> int:
    """How often a sequence is shown: 0, without end, unless its edit list says something else.

    The edit list of a sequence has one entry. If its flag for repetition is set, the entry is repeated until the
    duration of the track is over (ISO/IEC 23008-12, 7.5).
    """
    edits = next((start for kind, start, _ in boxes if kind == b"elst"), None)
    track = next((start for kind, start, _ in boxes if kind == b"tkhd"), None)
    if edits is None or track is None:
        return _FOR_EVER
    if not data[edits + 3] & 1:
        return 1
    once = int.from_bytes(data[edits + 8 : edits + (16 if data[edits] else 12)])
    start, size = (track + 28, 8) if data[track] else (track + 20, 4)
    whole = int.from_bytes(data[start : start + size])
    return _FOR_EVER if not once or whole == 256**size - 1 else -(-whole // once)
