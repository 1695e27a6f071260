"""Generated pictures with the statistics of photos. They are the same in every run and on every machine."""

from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Plane = NDArray[np.float32]

_ASPECT: Final = 0.75
_OCTAVES: Final = (4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
"""Cells in a row of each layer of texture. Photos have about the same contrast in each octave, which is 1/f noise."""

_COARSE: Final = 32
"""Cells. Layers with at most as many look the same in focus and out of focus."""


def photo(width: int, height: int, seed: int = 0) -> Image.Image:
    """A picture of that size in pixels, with texture at all scales, edges, parts out of focus, and a sensor's noise."""
    random = np.random.default_rng([seed, width, height])
    size = (width, height)
    scene = _scene(random, size)
    tint = [_layer(random, 6, size) * 12 + _layer(random, 48, size) * 6 for _ in range(2)]
    channels = [scene + tint[0], scene - (tint[0] + tint[1]) / 2, scene + tint[1]]
    bands = [Image.fromarray(np.clip(each + _grain(random, size), 0, 255).astype(np.uint8)) for each in channels]
    return Image.merge("RGB", bands)


def jpeg(picture: Image.Image, quality: int = 90, **options: Any) -> bytes:
    """The picture as JPEG, by default with 4:2:0 subsampling."""
    file = BytesIO()
    picture.save(file, "JPEG", **{"quality": quality, "subsampling": "4:2:0"} | options)
    return file.getvalue()


def jpeg_below(picture: Image.Image, limit: int, **options: Any) -> bytes:
    """The picture as JPEG, with the best quality that needs at most `limit` bytes."""
    low, high, best = 20, 98, b""
    while low <= high:
        quality = (low + high + 1) // 2
        file = jpeg(picture, quality, **options)
        if len(file) <= limit:
            low, best = quality + 1, file
        else:
            high = quality - 1
    return best


def _scene(random: np.random.Generator, size: tuple[int, int]) -> Plane:
    """The luma: texture in focus, smooth areas out of focus, and shapes with edges in front."""
    focus = np.clip(_layer(random, 5, size) * 2 + 0.4, 0.03, 1)
    scene = np.full(size[::-1], 118, dtype=np.float32)
    for cells in _OCTAVES:
        if cells <= size[0]:
            scene += _layer(random, cells, size) * (22 if cells <= _COARSE else 15 * focus)
    return np.where(_shapes(random, size), scene * 0.4 + 10, scene)


def _layer(random: np.random.Generator, cells: int, size: tuple[int, int]) -> Plane:
    """Smooth noise with `cells` cells in a row, a mean of 0 and a deviation of about 1."""
    grid = random.standard_normal((max(2, round(cells * _ASPECT)), cells)).astype(np.float32)
    return np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC))


def _shapes(random: np.random.Generator, size: tuple[int, int]) -> NDArray[np.bool_]:
    mask = Image.new("1", size)
    draw = ImageDraw.Draw(mask)
    for _ in range(12):
        across, down = (random.integers(0, side) for side in size)
        radius = random.integers(size[0] // 80, size[0] // 8)
        draw.regular_polygon((float(across), float(down), float(radius)), int(random.integers(3, 9)), fill=1)
    return np.asarray(mask)


def _grain(random: np.random.Generator, size: tuple[int, int]) -> Plane:
    """Noise of one sensor channel. Neighbouring pixels are similar, as after the interpolation of a colour filter."""
    raw = random.integers(0, 256, (size[1], size[0]), dtype=np.uint8)
    soft = Image.fromarray(raw).filter(ImageFilter.GaussianBlur(0.8))
    return (np.asarray(soft, dtype=np.float32) - 127.5) * 0.26
