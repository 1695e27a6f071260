"""The files of renditions: lossless where that is smaller, and never larger than an original of the same size."""

from collections.abc import Callable
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from functions.domain.limits import HTTP_LIMITS
from functions.domain.model import rendition_sizes
from functions.imaging import gate
from functions.imaging.encoding import lossy, setting
from functions.imaging.renditions import render
from tests import photos
from tests.imaging.cases import KINDS, files

LOSSLESS, LOSSY = b"VP8L", b"VP8 "
FORMATS: dict[str, photos.Saver] = {
    "JPEG": photos.jpeg,
    "PNG": photos.png,
    "WebP": photos.webp,
    "AVIF": photos.avif,
    "GIF": lambda image, **options: photos.gif([image], **options),
}


def thumbnails(data: bytes) -> list[bytes]:
    """The files of the thumbnails, smallest first."""
    header = gate.check(data, HTTP_LIMITS)
    return [file for _, file in render(data, header.format, rendition_sizes(*header.displayed)).items]


def largest(data: bytes) -> bytes:
    return thumbnails(data)[-1]


def coding(file: bytes) -> bytes:
    """The kind of the chunk with the samples."""
    return next(kind for kind in (LOSSLESS, LOSSY) if kind in file)


def samples(file: bytes) -> Image.Image:
    return Image.open(BytesIO(file)).convert("RGBA")


@cache
def page(mode: str = "L", size: tuple[int, int] = (600, 800)) -> Image.Image:
    """A page of text and lines, antialiased unless the mode has one bit."""
    picture = Image.new("L" if mode == "1" else mode, size, "white")
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "1" if mode == "1" else "L"
    font = ImageFont.load_default(14)
    for row in range(0, size[1], 20):
        draw.text((20, row), f"{row:4} The quick brown fox jumps over the lazy dog.", fill="black", font=font)
    for across in range(0, size[0], 90):
        draw.line((across, 0, size[0] - across, size[1]), fill="black")
    return picture.convert(mode)


def screenshot() -> Image.Image:
    picture = page("RGB").copy()
    draw = ImageDraw.Draw(picture)
    for number, colour in enumerate(("#336699", "#eeeecc", "#993333", "#dddddd")):
        draw.rectangle((number * 150, 0, number * 150 + 120, 60), fill=colour)
    return picture


def logo() -> Image.Image:
    picture = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((40, 40, 360, 360), fill=(200, 30, 30, 255))
    draw.rectangle((150, 150, 250, 250), fill=(255, 255, 255, 128))
    return picture


DRAWINGS: dict[str, Callable[[], bytes]] = {
    "a scan of one bit": lambda: photos.png(page("1")),
    "grey text": lambda: photos.png(page("L")),
    "a screenshot": lambda: photos.png(screenshot()),
    "a palette": lambda: photos.png(screenshot().quantize(16)),
    "a transparent logo": lambda: photos.png(logo()),
    "a GIF": lambda: photos.gif([page("1").convert("P")]),
    "an animated GIF": lambda: photos.gif([page("1").convert("P"), page("1").rotate(180).convert("P")]),
    "a lossless WebP": lambda: photos.webp(screenshot(), lossless=True),
    "a lossless WebP with metadata": lambda: photos.webp(
        screenshot(), lossless=True, exif=photos.exif_bytes(camera=("Maker", "Model"))
    ),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_kept_without_loss_in_fewer_bytes(name: str) -> None:
    data = DRAWINGS[name]()
    file = largest(data)
    assert coding(file) == LOSSLESS
    assert len(file) <= len(data)
    assert len(file) < len(lossy(samples(data), setting(600)))
    assert visible(samples(file)) == visible(samples(data))


def visible(picture: Image.Image) -> bytes:
    """The samples; those of transparent pixels do not count."""
    black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    return Image.alpha_composite(black, picture).tobytes() + picture.getchannel("A").tobytes()


def test_a_reduced_drawing_of_few_colours_is_kept_without_loss() -> None:
    stripes = Image.new("RGB", (1200, 300), "navy")
    ImageDraw.Draw(stripes).rectangle((0, 0, 1200, 150), fill="white")
    assert {coding(file) for file in thumbnails(photos.png(stripes))} == {LOSSLESS}


def test_of_a_reduced_page_the_smaller_file_is_taken() -> None:
    small, *_, whole = thumbnails(photos.png(page("1")))
    assert (coding(small), coding(whole)) == (LOSSY, LOSSLESS)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WebP"])
def test_the_lossless_encoder_is_not_tried_on_photos(
    mode: str, format_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = FORMATS[format_name](photos.photo(700, 500).convert(mode))
    monkeypatch.setattr("functions.imaging.encoding._lossless", forbidden)
    assert {coding(file) for file in thumbnails(data)} == {LOSSY}


def test_the_memory_of_the_lossless_encoder_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.imaging.encoding._lossless", forbidden)
    size = (2048, 2049)
    data = photos.png(Image.new("L", size, "white"))
    (item,) = render(data, gate.sniff(data), [size]).items
    assert coding(item[1]) == LOSSY


def forbidden(picture: Image.Image) -> bytes:
    raise AssertionError(f"the lossless encoder was tried on a picture of {picture.size}")


@pytest.mark.parametrize("kind", KINDS)
def test_no_thumbnail_is_larger_than_its_original(kind: str) -> None:
    data = files()[kind]
    assert len(largest(data)) <= len(data)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (11, 11), (1, 300)])
@pytest.mark.parametrize("name", FORMATS)
def test_no_thumbnail_of_a_tiny_image_is_larger(name: str, size: tuple[int, int]) -> None:
    for picture in (Image.new("RGB", size, "red"), photos.photo(*size)):
        data = FORMATS[name](picture)
        assert len(largest(data)) <= len(data)


def test_no_thumbnail_of_a_tiny_transparent_image_is_larger() -> None:
    spacer = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")
    icon = Image.fromarray(np.random.default_rng(1).integers(0, 4, (11, 11), dtype=np.uint8), "L").convert("P")
    for data in (spacer, photos.gif([icon], transparency=0)):
        assert len(largest(data)) <= len(data)


@pytest.mark.parametrize("quality", [5, 20, 40, 60])
@pytest.mark.parametrize("name", ["JPEG", "WebP", "AVIF"])
def test_no_thumbnail_of_a_photo_of_low_quality_is_larger(name: str, quality: int) -> None:
    data = FORMATS[name](photos.photo(300, 200), quality=quality)
    assert len(largest(data)) <= len(data)


def test_the_quality_is_reduced_no_further_than_necessary() -> None:
    picture = photos.photo(600, 400)
    data = photos.webp(picture, quality=70, method=2)
    assert 0.8 * len(data) < len(largest(data)) <= len(data)
