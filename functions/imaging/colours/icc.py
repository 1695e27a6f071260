"""ICC profiles: the parts that determine colours, the test for sRGB, and a profile for a colour space.

Names, texts, dates and devices in a profile do not affect colours, so they do not count.
"""

import struct
from hashlib import sha256
from typing import Final, NamedTuple

from functions.imaging.colours.hdr import tone_mapped
from functions.imaging.colours.space import (
    D50,
    Curve,
    HighDynamicRange,
    Space,
    is_srgb_curve,
    is_srgb_matrix,
    is_white,
    to_d50,
    transposed,
)

_MATRIX: Final = (b"rXYZ", b"gXYZ", b"bXYZ")
_CURVES: Final = (b"rTRC", b"gTRC", b"bTRC")
_TABLES: Final = (b"A2B0", b"A2B1", b"A2B2", b"D2B0", b"D2B1", b"D2B2", b"D2B3")
_COLOURS: Final = frozenset((*_MATRIX, *_CURVES, *_TABLES, b"kTRC", b"cicp"))
_MAX_TAGS: Final = 100
_MAX_POINTS: Final = 65_536
"""Points of a curve. Those of real profiles have 4,096 at most."""
MAX_PROFILE: Final = 4 * 1024 * 1024
"""Bytes of a profile. Those of printers have up to 3 MB."""
_NEWEST: Final = 4
"""The greatest major version that viewers read."""
_HEAD: Final = 132
"""Bytes before the table of tags."""

_SAMPLES: Final = 4096
"""Samples of a curve of high dynamic range: those of lcms."""
_UNUSED: Final = b"\0\0\0\0"
_PARAMETERS: Final = (1, 3, 4, 5, 7)
"""The number of parameters of each type of parametric curve."""


class Profile(NamedTuple):
    """The parts of a profile that determine colours.

    Attributes:
        channels: The colour space of the samples: "RGB", "GRAY" or "CMYK".
        connection: The colour space that the profile converts to: "XYZ" or "Lab".
        tags: The content of each tag that matters, by its signature.
    """

    channels: str
    connection: str
    tags: dict[bytes, bytes]

    @property
    def identity(self) -> bytes:
        """Bytes that differ if the colours do."""
        tags = (name + sha256(content).digest() for name, content in sorted(self.tags.items()))
        return b"".join((b"icc ", self.channels.encode(), b" ", self.connection.encode(), b" ", *tags))

    def is_srgb(self, *, grey: bool) -> bool:
        """Whether it says what sRGB says, within the tolerances. For grey samples, only the curve and white matter."""
        if any(name in self.tags for name in (*_TABLES, b"cicp")):
            return False
        try:
            if self.channels == "GRAY":
                return is_srgb_curve(_light(self.tags[b"kTRC"]))
            matrix = transposed((_xyz(self.tags[b"rXYZ"]), _xyz(self.tags[b"gXYZ"]), _xyz(self.tags[b"bXYZ"])))
            if not all(is_srgb_curve(_light(self.tags[name])) for name in _CURVES):
                return False
            return is_white(matrix) if grey else is_srgb_matrix(matrix)
        except (KeyError, ValueError, ArithmeticError, struct.error):
            return False


def parse(data: bytes) -> Profile | None:
    """The profile in the bytes; None if it is broken or cannot convert from its samples, so that viewers ignore it."""
    found = tags_of(data)
    if found is None:
        return None
    channels, connection = (data[place : place + 4].decode("latin-1").strip() for place in (16, 20))
    profile = Profile(channels, connection, {name: found[name] for name in _COLOURS & found.keys()})
    return profile if _converts(profile) else None


def tags_of(data: bytes) -> dict[bytes, bytes] | None:
    """The content of each tag by its signature, without tags beyond the end; None if viewers ignore the profile.

    Tags can share their content. They are refused if they overlap otherwise, which would multiply the bytes.
    """
    if not _HEAD <= len(data) <= MAX_PROFILE or data[36:40] != b"acsp" or data[8] > _NEWEST:
        return None
    end, count = struct.unpack_from(">I", data)[0], struct.unpack_from(">I", data, 128)[0]
    if end > len(data) or count > _MAX_TAGS or _HEAD + 12 * count > end:
        return None
    table = list(struct.iter_unpack(">4sII", data[_HEAD : _HEAD + 12 * count]))
    places = {(start, size) for _, start, size in table if start + size <= end}
    if sum(size for _, size in places) > len(data):
        return None
    contents = {(start, size): data[start : start + size] for start, size in places}
    tags: dict[bytes, bytes] = {}
    for name, start, size in table:
        if (start, size) in contents:
            tags.setdefault(name, contents[start, size])
    return tags


def _converts(profile: Profile) -> bool:
    """Whether the profile has what a conversion from its samples needs."""
    if b"A2B0" in profile.tags or b"A2B1" in profile.tags:
        return profile.channels in ("RGB", "GRAY", "CMYK")
    needed = {"RGB": (*_MATRIX, *_CURVES), "GRAY": (b"kTRC",)}.get(profile.channels)
    return needed is not None and all(name in profile.tags for name in needed)


def _xyz(content: bytes) -> tuple[float, float, float]:
    if content[:4] != b"XYZ ":
        raise ValueError("not an XYZ tag")
    x, y, z = struct.unpack_from(">3i", content, 8)
    return x / 65536, y / 65536, z / 65536


def _light(content: bytes) -> list[float]:
    """The linear light of the 256 levels by a curve tag."""
    (count,) = struct.unpack_from(">I", content, 8)
    if content[:4] == b"para":
        return _parametric(content)
    if content[:4] != b"curv":
        raise ValueError("not a curve")
    if count <= 1:
        gamma = struct.unpack_from(">H", content, 12)[0] / 256 if count else 1.0
        return [(level / 255) ** gamma for level in range(256)]
    if count > _MAX_POINTS:
        raise ValueError("too many points")
    table = [each / 65535 for each in struct.unpack_from(f">{count}H", content, 12)]
    light = []
    for level in range(256):
        place = level / 255 * (count - 1)
        below = min(int(place), count - 2)
        low, high = table[below], table[below + 1]
        light.append(low + (high - low) * (place - below))
    return light


def _parametric(content: bytes) -> list[float]:
    (kind,) = struct.unpack_from(">H", content, 8)
    if kind >= len(_PARAMETERS):
        raise ValueError("an unknown type of curve")
    count = _PARAMETERS[kind]
    g, a, b, c, d, e, f = (
        each / 65536 for each in (*struct.unpack_from(f">{count}i", content, 12), *(0,) * (7 - count))
    )
    if kind == 0:
        a = 1.0
    elif kind < 3:  # noqa: PLR2004 - types 1 and 2 have c as an offset, and begin where the power is 0
        c, d, e, f = 0.0, -b / a, c, c
    return [max(a * x + b, 0.0) ** g + e if x >= d else c * x + f for x in (level / 255 for level in range(256))]


def profile_of(space: Space) -> bytes:
    """A profile (version 4.3) of a colour space. High dynamic range is mapped to that of sRGB.

    Raises:
        ValueError: The primaries span no colour space.
    """
    columns = [b"XYZ " + _UNUSED + _fixed(*column) for column in transposed(to_d50(space.chromaticities))]
    tags = dict(zip(_MATRIX, columns, strict=True)) | dict.fromkeys(_CURVES, _curve_tag(space.curve))
    head = struct.pack(">8xI4s4s4s12x4s28x", 0x0430_0000, b"mntr", b"RGB ", b"XYZ ", b"acsp") + _fixed(*D50)
    return written(head, tags)


def written(head: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A profile of tags. Those with the same content share it.

    Args:
        head: The first 128 bytes or fewer. The size of the profile, which they begin with, is replaced.
        tags: The content of each tag by its signature.
    """
    places: dict[bytes, int] = {}
    end = _HEAD + 12 * len(tags)
    for content in tags.values():
        if content not in places:
            places[content] = end
            end += (len(content) + 3) // 4 * 4
    table = b"".join(struct.pack(">4sII", name, places[content], len(content)) for name, content in tags.items())
    contents = (content.ljust((len(content) + 3) // 4 * 4, b"\0") for content in places)
    return b"".join(
        (struct.pack(">I", end), head[4:].ljust(124, b"\0"), struct.pack(">I", len(tags)), table, *contents)
    )


def _curve_tag(curve: Curve | HighDynamicRange) -> bytes:
    if isinstance(curve, Curve):
        return b"para" + _UNUSED + struct.pack(">HH", 3, 0) + _fixed(*curve)
    light = [round(65535 * tone_mapped(curve, number / (_SAMPLES - 1))) for number in range(_SAMPLES)]
    return b"curv" + _UNUSED + struct.pack(f">I{_SAMPLES}H", _SAMPLES, *light)


def _fixed(*values: float) -> bytes:
    """Numbers as s15Fixed16."""
    return struct.pack(f">{len(values)}i", *(round(each * 65536) for each in values))
