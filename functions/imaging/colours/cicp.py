"""Code points for colours (ITU-T H.273), which PNG has in `cICP`, and AVIF and HEIC in `nclx`."""

from typing import Final

from functions.imaging.colours.space import SRGB_CURVE, Curve, HighDynamicRange, Space

_D65: Final = (0.3127, 0.3290)
_C: Final = (0.310, 0.316)

_PRIMARIES: Final[dict[int, tuple[float, ...]]] = {
    1: (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06),  # BT.709, sRGB
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),  # BT.470 System M
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),  # BT.470 System B, G; BT.601 with 625 lines
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # BT.601 with 525 lines
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE ST 240
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),  # film
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    10: (1 / 3, 1 / 3, 1.0, 1e-6, 1e-6, 1.0, 1e-6, 1e-6),  # SMPTE ST 428-1, XYZ. A y of 0 would be infinite
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI-P3
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),  # EBU 3213
}
"""x and y of white, red, green and blue."""

_VIDEO: Final = Curve(2.4)
"""What a display makes of the signal of a video camera (ITU-R BT.1886). Browsers use it for PNG."""
_CURVES: Final[dict[int, Curve | HighDynamicRange]] = {
    1: _VIDEO,  # BT.709
    4: Curve(2.2),
    5: Curve(2.8),
    6: _VIDEO,  # BT.601
    7: Curve(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0913),  # SMPTE ST 240
    8: Curve(1.0),
    11: _VIDEO,  # xvYCC
    13: SRGB_CURVE,
    14: _VIDEO,  # BT.2020 with 10 bits
    15: _VIDEO,  # BT.2020 with 12 bits
    16: HighDynamicRange.PQ,
    17: Curve(2.6, (52.37 / 48) ** (1 / 2.6)),  # SMPTE ST 428-1
    18: HighDynamicRange.HLG,
}
_OF_SRGB: Final = 13
_AS_SRGB: Final = frozenset((1, 6, 14, 15))
"""The curves of video cameras. Browsers show a picture in AVIF with one of them as if it were sRGB, because no display
inverts them."""


def of_png(primaries: int, transfer: int, matrix: int, full_range: int) -> Space | None:
    """The colour space of a `cICP` chunk; None if browsers ignore the chunk, or if it leaves something unspecified."""
    return _space(primaries, transfer) if matrix == 0 and full_range == 1 else None


def of_coded_picture(primaries: int, transfer: int) -> Space | None:
    """The colour space of an `nclx` box; None if it leaves something unspecified."""
    return _space(primaries, _OF_SRGB if transfer in _AS_SRGB else transfer)


def _space(primaries: int, transfer: int) -> Space | None:
    if primaries not in _PRIMARIES or transfer not in _CURVES:
        return None
    return Space(f"cicp {primaries} {transfer}", _PRIMARIES[primaries], _CURVES[transfer])
