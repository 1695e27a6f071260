"""The similarity of two pictures: SSIM.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image Quality Assessment: From Error Visibility to Structural
Similarity", IEEE Transactions on Image Processing 13(4), 2004: on luma, an 11 x 11 Gaussian window of 1.5 pixels.
"""

from io import BytesIO
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

Luma = NDArray[np.float32]

_RADIUS: Final = 5
_SIGMA: Final = 1.5
_C1: Final = (0.01 * 255) ** 2
_C2: Final = (0.03 * 255) ** 2
_WEIGHTS: Final = np.exp(-(np.arange(-_RADIUS, _RADIUS + 1) ** 2) / (2 * _SIGMA**2))
_WINDOW: Final = (_WEIGHTS / _WEIGHTS.sum()).astype(np.float32)


def luma(file: bytes) -> Luma:
    """The luma (BT.601, 0 to 255, unrounded) of a picture file."""
    with Image.open(BytesIO(file)) as image:
        rgb = np.asarray(image.convert("RGB"), dtype=np.float32)
    values: Luma = rgb @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    return values


def reference(whole: Luma, size: tuple[int, int]) -> Luma:
    """The ideal rendition: the picture in another size (pixels), by Lanczos from all pixels in floating point."""
    small = Image.fromarray(whole).resize(size, Image.Resampling.LANCZOS)
    clipped: Luma = np.clip(np.asarray(small), 0, 255)
    return clipped


def ssim(one: Luma, other: Luma) -> float:
    """The mean structural similarity of two pictures of the same size; 1 if they are equal."""
    mean_one, mean_other = _blurred(one), _blurred(other)
    variance_one = _blurred(one * one) - mean_one**2
    variance_other = _blurred(other * other) - mean_other**2
    covariance = _blurred(one * other) - mean_one * mean_other
    luminance = (2 * mean_one * mean_other + _C1) / (mean_one**2 + mean_other**2 + _C1)
    structure = (2 * covariance + _C2) / (variance_one + variance_other + _C2)
    return float((luminance * structure).mean())


def _blurred(values: Luma) -> Luma:
    across: Luma = sliding_window_view(values, _WINDOW.size, axis=1) @ _WINDOW
    down: Luma = sliding_window_view(across, _WINDOW.size, axis=0) @ _WINDOW
    return down
