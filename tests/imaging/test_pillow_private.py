"""Pillow's private API: which versions it was checked with, and that it does the same as the public API."""

import re
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from functions.domain.errors import DamagedImage
from functions.domain.ids import image_id
from functions.domain.limits import HTTP_LIMITS
from functions.imaging import gate, heif, pixels
from functions.imaging.fingerprint import fingerprint
from functions.imaging.pillow_private import CHECKED_VERSIONS, WebPAnimation, unpack_as, webp_frames
from tests import photos
from tests.imaging.cases import files
from tests.processes import ROOT

FOLDER = Path(__file__).parent / "real"
CHECKED = {
    "pillow": ("functions/imaging/pillow_private.py", CHECKED_VERSIONS),
    "pillow-heif": ("functions/imaging/heif.py", heif.CHECKED_VERSIONS),
}
"""The packages whose private API the service uses, each with the only module that uses it."""
FRAMES = [photos.photo(60, 40, seed) for seed in range(3)]
DURATIONS = [40, 70, 110]


def complaint(package: str, found: str) -> str | None:
    """What to do before the service may use that version of a package; None if it was checked."""
    module, checked = CHECKED[package]
    if found in checked:
        return None
    return (
        f"{package} is version {found}, and {module} was checked with {' and '.join(checked)} only. "
        f"Check the private names in {module} with the new version, then add it to CHECKED_VERSIONS there."
    )


@pytest.mark.parametrize("package", CHECKED)
def test_the_installed_version_was_checked(package: str) -> None:
    problem = complaint(package, version(package))
    assert problem is None, problem


@pytest.mark.parametrize("package", CHECKED)
def test_the_deployed_version_was_checked(package: str) -> None:
    pinned = re.search(rf"^{package}==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pinned
    problem = complaint(package, pinned[1])
    assert problem is None, problem


def test_the_message_about_another_version_says_what_to_do() -> None:
    module = "functions/imaging/pillow_private.py"
    assert complaint("pillow", "13.0.1") == (
        f"pillow is version 13.0.1, and {module} was checked with {' and '.join(CHECKED_VERSIONS)} only. "
        f"Check the private names in {module} with the new version, then add it to CHECKED_VERSIONS there."
    )


def id_of(data: bytes) -> str:
    return image_id(bytes.fromhex(fingerprint(data, gate.check(data, HTTP_LIMITS))))


@pytest.mark.parametrize("name", ["0g16", "2c16"])
def test_an_interlaced_png_of_16_bits_is_the_same_image_without_interlacing(name: str) -> None:
    """PngSuite has these pictures twice."""
    plain, interlaced = ((FOLDER / f"{kind}{name}.png").read_bytes() for kind in ("basn", "basi"))
    assert (plain[28], interlaced[28]) == (0, 1)
    assert id_of(plain) == id_of(interlaced)


WEBP = {
    **{kind: data for kind, data in files().items() if kind.startswith("webp")},
    **{path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.webp"))},
}


@pytest.mark.parametrize("name", WEBP)
def test_webp_frames_are_those_of_the_public_api(name: str) -> None:
    with Image.open(BytesIO(WEBP[name])) as public:
        count = getattr(public, "n_frames", 1)
        frames = webp_frames(WEBP[name], public.size, count)
        for number, (frame, duration) in enumerate(frames):
            public.seek(number)
            public.load()
            assert frame.convert(public.mode).tobytes() == public.tobytes()
            assert duration == public.info["duration"]
        assert number == count - 1


@pytest.mark.parametrize(("size", "count"), [((60, 41), 3), ((60, 40), 2), ((60, 40), 4)])
def test_another_size_or_count_is_damage(size: tuple[int, int], count: int) -> None:
    with pytest.raises(DamagedImage):
        list(webp_frames(photos.animated("WEBP", FRAMES), size, count))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_an_animation_is_encoded_as_by_the_public_api(mode: str) -> None:
    frames = [each.convert(mode) for each in FRAMES]
    animation = WebPAnimation(frames[0].size, quality=90, method=2)
    for frame, duration in zip(frames, DURATIONS, strict=True):
        animation.add(frame, duration)
    public = photos.animated("WEBP", frames, duration=DURATIONS, quality=90, method=2, loop=0)
    assert animation.assemble() == public


@pytest.mark.parametrize(
    ("channels", "high", "low"), [(3, "RGB;16B", "RGB;16L"), (4, "RGBA;16B", "RGBA;16L")], ids=["RGB", "RGBA"]
)
def test_both_bytes_of_16_bits_are_unpacked(channels: int, high: str, low: str) -> None:
    values = np.random.default_rng(1).integers(0, 65536, (20, 30, channels), dtype=np.uint16)
    data = photos.png_deep(values)
    assert np.array_equal(np.asarray(pixels.open_png(data, high)), values >> 8)
    assert np.array_equal(np.asarray(pixels.open_png(data, low)), values & 255)


def test_grey_with_alpha_of_16_bits_is_four_bytes_a_pixel() -> None:
    values = np.random.default_rng(1).integers(0, 65536, (20, 30, 2), dtype=np.uint16)
    with Image.open(BytesIO(photos.png_deep(values))) as image:
        unpack_as(image, "RGBA")
        assert image.tobytes() == values.astype(">u2").tobytes()
