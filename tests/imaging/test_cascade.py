"""The scaling of JPEGs by luma and chroma: it looks like scaling by pixels, whatever is stored."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from functions.domain.limits import HTTP_LIMITS
from functions.imaging import cascade, gate
from tests import photos

SIZES = [(400, 301), (201, 151), (33, 25), (1, 1)]


def scaled(data: bytes) -> list[Image.Image]:
    return list(cascade.cascade(data, gate.check(data, HTTP_LIMITS), SIZES))


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("size", [(600, 451), (1201, 903), (3900, 2934)])
def test_luma_and_chroma_scale_like_pixels(
    size: tuple[int, int], subsampling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = photos.jpeg(photos.photo(*size), subsampling=subsampling)
    by_planes = scaled(data)
    monkeypatch.setattr(cascade, "_has_planes", never)
    by_pixels = scaled(data)
    assert [each.size for each in by_planes] == [each.size for each in by_pixels] == SIZES
    for one, other in zip(by_planes, by_pixels, strict=True):
        assert one.tobytes() != other.tobytes() or one.size == (1, 1), "the planes were not used"
        assert difference(seen(one), seen(other)) < 5


def seen(picture: Image.Image) -> Image.Image:
    """The picture as a lossy WebP shows it, which stores chroma in half the size."""
    return Image.open(BytesIO(photos.webp(picture, quality=100, method=2))).convert("RGB")


def never(*_: object) -> bool:
    return False


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference, 0 to 255, of luma or of a plane of chroma, whichever is greatest."""
    pair = [np.asarray(each.convert("YCbCr"), dtype=np.float64) for each in (one, other)]
    return float(np.max(np.abs(pair[0] - pair[1]).mean(axis=(0, 1))))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_jpegs_are_scaled_by_pixels(mode: str) -> None:
    picture = photos.photo(900, 700).convert(mode)
    first = scaled(photos.jpeg(picture))[0]
    assert difference(first, picture.convert("RGB").resize(SIZES[0], Image.Resampling.BICUBIC)) < 3


def test_a_jpeg_that_stores_red_green_and_blue_keeps_its_colours() -> None:
    data = photos.jpeg(Image.new("RGB", (900, 700), (200, 40, 90)), keep_rgb=True)
    for each in scaled(data):
        assert np.abs(np.asarray(each, dtype=np.float64) - (200, 40, 90)).max() < 3
