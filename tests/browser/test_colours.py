"""Thumbnails have the colours in which Chromium shows the originals."""

import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from functions.domain.limits import HTTP_LIMITS
from functions.imaging import gate, pixels
from functions.imaging.colours.convert import to_srgb
from functions.imaging.renditions import render
from tests import photos
from tests.imaging.colour_files import COLOURS, LEVELS, P3, SIDE, chart, cicp, gamma, icc, opened, png_with, squares

SHOWN = """async ([url, side, count]) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return Array.from({length: count}, (_, number) =>
        Array.from(context.getImageData(side * number + side / 2, side / 2, 1, 1).data.slice(0, 3)));
}"""
TOLERANCE = 3
"""Levels of 255."""
LOSSY = 10
"""The same for a thumbnail, which is coded with loss."""
GREYS = len(LEVELS)

CHUNKS = {
    "a profile with a gamma": (icc(photos.p3_profile()),),
    "gamma 1": (gamma(100_000),),
    "gamma of old Macs": (gamma(55_556),),
    "gamma nearly that of sRGB": (gamma(47_000),),
    "chromaticities without gamma": ((b"cHRM", P3),),
    "gamma and chromaticities": (gamma(55_556), (b"cHRM", P3)),
    "sRGB and gamma": ((b"sRGB", b"\0"), gamma(100_000)),
    "code points and a profile": (cicp(12, 13), icc(photos.adobe_rgb_profile())),
    "code points that are ignored": (cicp(12, 13, full_range=0),),
    **{f"primaries {number}": (cicp(number, 13),) for number in (4, 5, 6, 8, 9, 10, 11, 12, 22)},
    **{f"transfer {number}": (cicp(1, number),) for number in (1, 2, 4, 5, 6, 7, 8, 9, 11, 14, 15, 17)},
}
AVIFENC = shutil.which("avifenc")
CODED = ["1/13/6", "12/13/6", "9/14/9", "1/1/1", "1/4/6", "1/8/0", "9/13/9", "2/2/6"]
"""Primaries, transfer and matrix."""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    opened_page = browser.new_page()
    yield opened_page
    opened_page.close()


def shown(page: Page, data: bytes) -> list[tuple[int, ...]]:
    """The colours of the squares as Chromium shows them."""
    url = f"data:{gate.sniff(data).content_type};base64,{b64encode(data).decode()}"
    return [tuple(each) for each in page.evaluate(SHOWN, [url, SIDE, len(COLOURS)])]


def converted(data: bytes) -> list[tuple[int, ...]]:
    """The colours of the squares in a rendition, before it is coded."""
    header = gate.check(data, HTTP_LIMITS)
    return squares(to_srgb(pixels.open_image(data, header), header.colours))


def difference(one: list[tuple[int, ...]], other: list[tuple[int, ...]]) -> int:
    return max(abs(a - b) for left, right in zip(one, other, strict=True) for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("name", CHUNKS)
def test_a_png(name: str, page: Page) -> None:
    data = png_with(*CHUNKS[name])
    assert difference(converted(data), shown(page, data)) <= TOLERANCE


@pytest.mark.parametrize("profile", ["P3", "Adobe RGB"])
@pytest.mark.parametrize("save", [photos.jpeg, photos.webp, photos.avif])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_profile(profile: str, save: photos.Saver, mode: str, page: Page) -> None:
    icc_profile = {"P3": photos.p3_profile, "Adobe RGB": photos.adobe_rgb_profile}[profile]()
    data = save(chart().convert(mode), icc_profile=icc_profile, quality=100)
    assert difference(converted(data), shown(page, data)) <= TOLERANCE


@pytest.mark.skipif(AVIFENC is None, reason="avifenc is missing. Install it: sudo apt install libavif-bin")
@pytest.mark.parametrize("depth", [8, 10])
@pytest.mark.parametrize("value_range", ["full", "limited"])
@pytest.mark.parametrize("points", CODED)
def test_an_avif(points: str, value_range: str, depth: int, page: Page, tmp_path: Path) -> None:
    data = avif_of(tmp_path, points, value_range, depth)
    assert difference(converted(data), shown(page, data)) <= TOLERANCE


def avif_of(folder: Path, points: str, value_range: str, depth: int) -> bytes:
    """The chart as another program encodes it."""
    chart().save(folder / "in.png")
    options = ["--min", "0", "--max", "0", "-s", "9", "-y", "444", "-r", value_range, "-d", str(depth)]
    command = [str(AVIFENC), *options, "--cicp", points, "in.png", "out.avif"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return (folder / "out.avif").read_bytes()


@pytest.mark.parametrize("primaries", [1, 9, 12])
def test_pq_is_the_same_up_to_370_candela_and_bright_lights_stay_apart(primaries: int, page: Page) -> None:
    """Chromium takes 1,000 cd/m² for the peak of PQ and cuts off what is brighter. The peak of PQ is 10,000 cd/m²."""
    data = png_with(cicp(primaries, 16))
    ours, theirs = converted(data)[:GREYS], shown(page, data)[:GREYS]
    assert difference(ours[:8], theirs[:8]) <= TOLERANCE
    assert theirs[9] == theirs[12] == (255, 255, 255)
    assert ours[9] < ours[10] < ours[11] < ours[12]


def test_the_greys_of_hlg_are_the_same(page: Page) -> None:
    """Colours differ: Chromium brightens a pixel by its luminance, and this service each channel alone."""
    data = png_with(cicp(9, 18))
    assert difference(converted(data)[:GREYS], shown(page, data)[:GREYS]) <= TOLERANCE


def test_a_thumbnail_has_these_colours(page: Page) -> None:
    data = png_with(icc(photos.adobe_rgb_profile()), gamma(100_000))
    header = gate.check(data, HTTP_LIMITS)
    thumbnail = opened(render(data, header.format, [header.displayed]).items[0][1])
    assert difference(squares(thumbnail), shown(page, data)) <= LOSSY
