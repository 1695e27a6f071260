"""The scans of a JPEG, and the check that none is missing in a file without the marker of its end.

Decoders do not notice a missing scan or a missing part behind a restart marker: they show what there is.
"""

import re
import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

SOS: Final = 0xDA
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
_DRI: Final = 0xDD
_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")
_STEP: Final = 1024 * 1024
"""Bytes of one search. Other threads can run only between two of them."""
_COEFFICIENTS: Final = 64


class Segment(NamedTuple):
    """The place of a segment in the file, with its entropy-coded data."""

    marker: int
    start: int
    """The start of the payload, after marker and length."""
    stop: int
    """The end of the payload."""
    end: int
    """The end of the segment: the next marker."""


class _Frame(NamedTuple):
    """The size in pixels, and for each component how many blocks across and down are in one unit of a scan."""

    width: int
    height: int
    sampling: dict[int, tuple[int, int]]

    def units(self, components: list[int]) -> int:
        """The units of a scan of those components, between which restart markers can be."""
        across = max(each[0] for each in self.sampling.values())
        down = max(each[1] for each in self.sampling.values())
        if len(components) > 1:
            return _ceiling(self.width, 8 * across) * _ceiling(self.height, 8 * down)
        own_across, own_down = self.sampling[components[0]]
        columns, rows = _ceiling(self.width * own_across, across), _ceiling(self.height * own_down, down)
        return _ceiling(columns, 8) * _ceiling(rows, 8)


def _ceiling(number: int, unit: int) -> int:
    return (number + unit - 1) // unit


def has_all_scans(segments: Iterable[Segment], data: bytes) -> bool:
    """Whether the file has every bit of every coefficient of every component, and every part between restart markers.

    Only the end of the last part is not checked. Its decoder can do that.

    Raises:
        IndexError, KeyError, struct.error: The segments contradict each other.
    """
    frame, progressive, interval = _Frame(0, 0, {}), False, 0
    missing: dict[tuple[int, int], int] = {}
    for marker, start, stop, end in segments:
        if marker in FRAMES:
            frame, progressive = _frame(data[start:stop]), marker in _PROGRESSIVE
            missing = {(component, number): 1 for component in frame.sampling for number in range(_COEFFICIENTS)}
        elif marker == _DRI:
            (interval,) = struct.unpack_from(">H", data, start)
        elif not frame.sampling:
            continue
        elif marker == SOS:
            components = [data[start + 1 + 2 * number] for number in range(data[start])]
            first, last, approximation = struct.unpack_from("3B", data, start + 1 + 2 * len(components))
            numbers = range(first, last + 1) if progressive else range(_COEFFICIENTS)
            bits = approximation & 15 if progressive else 0
            missing.update({(component, number): bits for component in components for number in numbers})
            steps = range(stop, end, _STEP)
            restarts = sum(len(_RESTART.findall(data, each, min(end, each + _STEP + 1))) for each in steps)
            if interval and restarts < (frame.units(components) - 1) // interval:
                return False
    return bool(missing) and not any(missing.values())


def _frame(payload: bytes) -> _Frame:
    height, width, count = struct.unpack_from(">HHB", payload, 1)
    components = (payload[6 + 3 * number : 8 + 3 * number] for number in range(count))
    return _Frame(width, height, {each[0]: (each[1] >> 4 or 1, each[1] & 15 or 1) for each in components})
