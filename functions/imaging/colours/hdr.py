"""The tone map for pictures of high dynamic range, whose curves reach far beyond the white of paper.

Reference white, which is 203 cd/m² (ITU-R BT.2408), becomes half of the light of white, and what is darker is scaled
alike. The light above is compressed, so that no highlight is cut off: the peak of the curve becomes white. Each channel
is compressed alone, as film does, so very bright colours become paler.

Chromium 156 shows the same greys, within 3 of 255 levels, up to 370 cd/m² of PQ, and all of HLG. It takes 1,000 cd/m²
for the peak of PQ, and cuts off what is brighter. It brightens a colour of HLG by its luminance.
"""

import math
from collections.abc import Callable
from typing import Final

from functions.imaging.colours.space import HighDynamicRange

_REFERENCE_WHITE: Final = 203.0
"""cd/m²."""


def tone_mapped(curve: HighDynamicRange, sample: float) -> float:
    """The linear light (0 to 1) that a display of standard dynamic range shows for a sample (0 to 1)."""
    light, peak = _LIGHT[curve]
    return _compressed(light(sample) / _REFERENCE_WHITE, peak / _REFERENCE_WHITE)


def _pq(sample: float) -> float:
    """Light in cd/m² (ITU-R BT.2100, table 4)."""
    root = math.pow(sample, 32 / 2523)
    ratio = max(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)
    return 10_000 * math.pow(ratio, 8192 / 1305)


def _hlg(sample: float) -> float:
    """Light in cd/m² of a display with a peak of 1,000 cd/m² (ITU-R BT.2100, table 5), for grey."""
    above = (math.exp((sample - 0.55991073) / 0.17883277) + 0.28466892) / 12
    scene = sample * sample / 3 if sample <= 0.5 else above  # noqa: PLR2004
    return 1_000 * math.pow(scene, 1.2)


_LIGHT: Final[dict[HighDynamicRange, tuple[Callable[[float], float], float]]] = {
    HighDynamicRange.PQ: (_pq, 10_000),
    HighDynamicRange.HLG: (_hlg, 1_000),
}
"""For each curve, the light in cd/m² of a sample, and the peak."""


def _compressed(light: float, peak: float) -> float:
    """Light from 0 to 1 for light and a peak that are relative to reference white.

    Above reference white, this is the curve of Reinhard et al. (2002, equation 4), which begins with the same slope.
    """
    if light <= 1:
        return light / 2
    above, most = light - 1, peak - 1
    return (1 + above * (1 + above / most**2) / (1 + above)) / 2
