"""Gamma and chromaticities as PNG has them in `gAMA` and `cHRM`."""

import struct
from typing import Final

from functions.imaging.colours.space import SRGB_CHROMATICITIES, SRGB_CURVE, Curve, Space, to_d50

_UNIT: Final = 100_000
_SRGB: Final = 45_455
_SRGB_POINTS: Final = tuple(round(each * _UNIT) for each in SRGB_CHROMATICITIES)
_LEAST, _MOST = 16, 625_000_000
"""The range of gamma that libpng accepts."""
_STRONGEST: Final = 4.0
"""The greatest value in the matrix of a colour space. That of any device is below 1."""
_THRESHOLD: Final = 0.05
"""libpng, and so browsers, ignore a difference of gamma up to this ratio."""


def of_png(gamma: bytes, chromaticities: bytes) -> Space | None:
    """The colour space of the chunks `gAMA` and `cHRM`; None if browsers ignore them, as they do if `cHRM` is invalid.

    Args:
        gamma: The content of `gAMA`. Browsers ignore `cHRM` without it.
        chromaticities: The content of `cHRM`; empty if there is none.
    """
    value = int.from_bytes(gamma) if len(gamma) == 4 else 0  # noqa: PLR2004
    if not _LEAST <= value <= _MOST:
        return None
    points = _points(chromaticities) if chromaticities else _SRGB_POINTS
    if not points:
        return None
    if abs(value / _SRGB - 1) <= _THRESHOLD:
        value, curve = _SRGB, SRGB_CURVE
    else:
        curve = Curve(_UNIT / value)
    return Space(f"png {value} {' '.join(map(str, points))}", tuple(each / _UNIT for each in points), curve)


def _points(content: bytes) -> tuple[int, ...]:
    """The 8 numbers of `cHRM`; nothing if they span no colour space that a device can have."""
    if len(content) != 32:  # noqa: PLR2004
        return ()
    points = struct.unpack(">8I", content)
    try:
        matrix = to_d50(tuple(each / _UNIT for each in points))
    except (ValueError, ZeroDivisionError):
        return ()
    return points if all(abs(value) <= _STRONGEST for row in matrix for value in row) else ()
