"""The sample photo for a first upload: `python -m tools.sample` draws `docs/sea.jpg`.

It shows an evening at the sea. It is generated, so it has no other author and shows no people.
"""

import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFilter

PATH: Final = Path(__file__).parent.parent / "docs/sea.jpg"

_WIDTH: Final = 1200
_HEIGHT: Final = 800
_HORIZON: Final = 470
"""Pixels from the top."""
_SUN: Final = (780, 400)
"""Its centre, in pixels from the left and from the top."""

Plane = NDArray[np.float32]


def picture() -> Image.Image:
    """The picture, the same in every run."""
    random = np.random.default_rng(2026)
    sky, sea = _sky(random), _sea(random)
    pixels = np.clip(np.concatenate([sky, sea]), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(0.6))


def _sky(random: np.random.Generator) -> Plane:
    height = np.linspace(1, 0, _HORIZON, dtype=np.float32)[:, None, None]
    sky = _mix(_colour(250, 176, 112), _colour(58, 92, 150), height**0.6)
    across, down = np.meshgrid(np.arange(_WIDTH), np.arange(_HORIZON))
    distance = np.hypot(across - _SUN[0], down - _SUN[1])[..., None].astype(np.float32)
    clouds = sum(_noise(random, (cells, cells // 2), (_HORIZON, _WIDTH)) / cells for cells in (6, 12, 24, 48)) * 6
    sky = _mix(sky, _colour(240, 158, 138), np.clip(clouds / 3, 0, 1)[..., None] ** 1.5 * (0.8 - 0.4 * height))
    sky += _colour(120, 90, 40) * np.exp(-distance / 130)
    return _mix(sky, _colour(255, 244, 214), np.clip((46 - distance) / 3, 0, 1))


def _sea(random: np.random.Generator) -> Plane:
    """The sea. Its waves are rows of noise, which are larger when they are closer to the viewer."""
    rows = _HEIGHT - _HORIZON
    near = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    depth = (np.log1p(near[:, 0] * 40) / np.log(41) * (rows - 1)).astype(int)
    waves = sum(_noise(random, (cells, cells // 3), (rows, _WIDTH))[depth] / cells**0.3 for cells in (36, 72, 144))
    sea = _mix(_colour(206, 140, 112), _colour(22, 52, 84), near[..., None] ** 0.45)
    sea = sea * (1 + 0.5 * waves * (0.2 + near))[..., None]
    path = np.exp(-((np.arange(_WIDTH) - _SUN[0]) ** 2) / (2 * (40 + 130 * near) ** 2))
    glitter = np.clip(waves * 2.4 + 0.35, 0, 1) * path * (1 - 0.45 * near)
    return _mix(sea, _colour(255, 214, 150), glitter[..., None])


def _noise(random: np.random.Generator, cells: tuple[int, int], size: tuple[int, int]) -> Plane:
    """Smooth noise of mean 0 and deviation 1; `cells` and `size` are rows and columns."""
    grid = random.standard_normal(cells).astype(np.float32)
    return np.asarray(Image.fromarray(grid).resize(size[::-1], Image.Resampling.BICUBIC))


def _mix(one: Plane, other: Plane, share: Plane) -> Plane:
    return one + (other - one) * share


def _colour(red: int, green: int, blue: int) -> Plane:
    return np.array([red, green, blue], dtype=np.float32)


def main() -> int:
    """Write the file."""
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "An evening at the sea"
    exif[ExifTags.Base.Software] = "tools/sample.py of Image Repo"
    exif[ExifTags.Base.Copyright] = "The Image Repo authors, MIT licence"
    picture().save(PATH, "JPEG", quality=70, exif=exif)
    print(f"{PATH}: {PATH.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
