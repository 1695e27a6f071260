"""One file of every supported format and kind."""

from functools import cache

import numpy as np
from PIL import Image

from tests import photos


def _alpha(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    image.putalpha(Image.radial_gradient("L").resize(image.size))
    return image


def _deep(channels: int) -> bytes:
    random = np.random.default_rng(channels)
    return photos.png_deep(random.integers(0, 65536, (48, 64, channels), dtype=np.uint16))


@cache
def files() -> dict[str, bytes]:
    """Small files by kind."""
    image = photos.photo(96, 64)
    frames = [photos.photo(60, 40, seed) for seed in range(3)]
    return {
        "jpeg": photos.jpeg(image),
        "jpeg grey": photos.jpeg(image.convert("L")),
        "jpeg cmyk": photos.jpeg(image.convert("CMYK")),
        "jpeg progressive": photos.jpeg(image, progressive=True),
        "jpeg turned": photos.jpeg(image, exif=photos.exif_bytes(orientation=6)),
        "png": photos.png(image),
        "png palette": photos.png(image.quantize(64)),
        "png grey": photos.png(image.convert("L")),
        "png bilevel": photos.png(image.convert("1")),
        "png alpha": photos.png(_alpha(image)),
        "png grey alpha": photos.png(_alpha(image).convert("LA")),
        "png turned": photos.png(image, exif=photos.exif_bytes(orientation=8)),
        **{f"png deep {channels}": _deep(channels) for channels in (1, 2, 3, 4)},
        "png animated": photos.animated("PNG", frames),
        "gif": photos.gif([image]),
        "gif animated": photos.gif(frames),
        "webp": photos.webp(image),
        "webp lossless": photos.webp(image, lossless=True),
        "webp alpha": photos.webp(_alpha(image)),
        "webp turned": photos.webp(image, exif=photos.exif_bytes(orientation=5)),
        "webp animated": photos.animated("WEBP", frames),
        "avif": photos.avif(image),
        "avif turned": photos.avif(image, exif=photos.exif_bytes(orientation=6)),
        "avif animated": photos.animated("AVIF", frames),
        "heic": photos.heic(image),
        "heic turned": photos.heic(image, exif=photos.exif_bytes(orientation=6)),
    }


KINDS = list(files())
STRIPPABLE = [kind for kind in KINDS if not kind.startswith(("avif", "heic"))]
