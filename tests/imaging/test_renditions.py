"""Renditions: sizes, orientation, colours and animations."""

from base64 import b64decode
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from functions.domain.errors import DamagedImage
from functions.domain.limits import HTTP_LIMITS
from functions.domain.model import rendition_sizes
from functions.imaging import gate
from functions.imaging.renditions import Rendered, render
from tests import photos
from tests.imaging.cases import KINDS, files


def rendered(data: bytes, *, full_size: bool = False) -> Rendered:
    header = gate.check(data, HTTP_LIMITS)
    return render(data, header.format, rendition_sizes(*header.displayed), full_size=full_size)


def opened(file: bytes) -> Image.Image:
    image = Image.open(BytesIO(file))
    image.load()
    return image


def values(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image, dtype=np.float64)


def distance(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of the samples, 0 to 255."""
    assert one.size == other.size
    return float(np.abs(values(one.convert("RGB")) - values(other.convert("RGB"))).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_rendered(kind: str) -> None:
    result = rendered(files()[kind], full_size=True)
    *small, (full, _) = result.items
    assert [(each.name, each.width) for each, _ in small] == [(str(small[0][0].width), small[0][0].width)]
    assert full.name == "full"
    for each, file in result.items:
        image = opened(file)
        assert (image.format, image.size, len(file)) == ("WEBP", (each.width, each.height), each.bytes)
        assert not image.info.keys() & {"exif", "icc_profile", "xmp"}
        assert (image.mode == "RGBA") == (kind.endswith(("alpha", "deep 2", "deep 4")))


def test_the_widths_are_fixed_and_none_is_larger_than_the_image() -> None:
    result = rendered(photos.jpeg(photos.photo(1500, 1000)))
    assert [(each.width, each.height) for each, _ in result.items] == [
        (160, 107),
        (320, 213),
        (640, 427),
        (1280, 853),
        (1500, 1000),
    ]


@cache
def landscape() -> Image.Image:
    return photos.photo(350, 240)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("save", [photos.jpeg, photos.png, photos.webp, photos.avif, photos.heic])
def test_renditions_are_upright(save: photos.Saver, orientation: int) -> None:
    data = save(landscape(), exif=photos.exif_bytes(orientation=orientation))
    with Image.open(BytesIO(save(landscape()))) if save is not photos.heic else landscape().copy() as image:
        image.getexif()[0x0112] = orientation
        upright = ImageOps.exif_transpose(image)
    for each, file in rendered(data).items:
        expected = upright.resize((each.width, each.height), Image.Resampling.LANCZOS)
        assert distance(opened(file), expected) < 9


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (161, 2), (8, 8), (1023, 769)])
def test_unusual_shapes_are_rendered(size: tuple[int, int]) -> None:
    for data in (photos.jpeg(photos.photo(*size)), photos.png(photos.photo(*size))):
        result = rendered(data, full_size=True)
        assert (result.items[-1][0].width, result.items[-1][0].height) == size


@pytest.mark.parametrize("size", [(16_384, 2), (2, 16_384)])
def test_an_image_beyond_the_limit_of_webp_is_scaled_to_fit(size: tuple[int, int]) -> None:
    result = rendered(photos.png(Image.new("L", size)), full_size=True)
    full, file = result.items[-1]
    assert max(full.width, full.height) == 16_383
    assert opened(file).size == (full.width, full.height)


@pytest.mark.parametrize("scale", [2.0, 2.7, 3.9, 7.9])
def test_a_jpeg_decoded_at_a_smaller_scale_looks_the_same(scale: float) -> None:
    image = photos.photo(round(640 * scale), round(480 * scale))
    data = photos.jpeg(image)
    (_, file) = render(data, gate.sniff(data), [(640, 480)]).items[0]
    assert distance(opened(file), image.resize((640, 480), Image.Resampling.LANCZOS)) < 8


@pytest.mark.parametrize("icc", [photos.adobe_rgb_profile(), photos.p3_profile()], ids=["adobe rgb", "p3"])
@pytest.mark.parametrize("save", [photos.jpeg, photos.png, photos.webp, photos.avif, photos.heic])
def test_colours_are_converted_to_srgb(save: photos.Saver, icc: bytes) -> None:
    colour = (60, 180, 90)
    data = save(Image.new("RGB", (300, 200), colour), icc_profile=icc)
    expected = ImageCms.profileToProfile(
        Image.new("RGB", (1, 1), colour), ImageCms.ImageCmsProfile(BytesIO(icc)), ImageCms.createProfile("sRGB")
    )
    assert expected is not None
    assert distance(expected, Image.new("RGB", (1, 1), colour)) > 8, "the profile makes no difference"
    _, file = rendered(data).items[0]
    assert distance(opened(file).resize((1, 1)), expected) < 4


def test_a_profile_does_not_change_the_alpha_channel() -> None:
    image = photos.photo(200, 100).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    _, file = rendered(photos.png(image, icc_profile=photos.p3_profile())).items[-1]
    assert np.abs(values(opened(file).getchannel("A")) - values(image.getchannel("A"))).mean() < 2


@pytest.mark.parametrize("icc", [b"junk", photos.p3_profile()[:300], photos.p3_profile()[:128] + bytes(400)])
def test_a_broken_profile_is_ignored(icc: bytes) -> None:
    image = photos.photo(200, 100)
    assert rendered(photos.jpeg(image, icc_profile=icc)).items == rendered(photos.jpeg(image)).items


def test_a_profile_for_another_colour_space_is_ignored() -> None:
    image = photos.photo(200, 100).convert("CMYK")
    assert rendered(photos.jpeg(image, icc_profile=photos.p3_profile())).items == rendered(photos.jpeg(image)).items


def test_sixteen_bits_are_scaled_to_eight() -> None:
    ramp = np.linspace(0, 65535, 256, dtype=np.uint16)[None, :, None].repeat(64, axis=0)
    _, file = rendered(photos.png_deep(ramp)).items[-1]
    expected = np.linspace(0, 255, 256)[None, :].repeat(64, axis=0)
    assert np.abs(values(opened(file).convert("L")) - expected).mean() < 2


def test_transparent_pixels_do_not_bleed() -> None:
    image = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 200, 400))
    _, file = render(photos.png(image), gate.sniff(photos.png(image)), [(100, 100)]).items[0]
    seen = Image.alpha_composite(Image.new("RGBA", (100, 100), "white"), opened(file)).convert("RGB")
    assert distance(seen.crop((0, 0, 48, 100)), Image.new("RGB", (48, 100), (0, 0, 255))) < 6
    assert distance(seen.crop((52, 0, 100, 100)), Image.new("RGB", (48, 100), "white")) < 6


@pytest.mark.parametrize("name", ["GIF", "PNG", "WEBP", "AVIF"])
def test_the_full_size_rendition_of_an_animation_is_animated(name: str) -> None:
    frames = [photos.photo(90, 60, seed) for seed in range(3)]
    result = rendered(photos.animated(name, frames, duration=[40, 70, 110]), full_size=True)
    image = opened(result.items[-1][1])
    assert image.n_frames == 3  # type: ignore[attr-defined]
    for number, frame in enumerate(frames):
        image.seek(number)
        image.load()
        assert image.info["duration"] == (40, 70, 110)[number]
        assert distance(image, frame) < 20
    assert getattr(opened(result.items[0][1]), "n_frames", 1) == 1


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (1, 1), (1, 16_000), (300, 200)])
def test_the_placeholder_is_tiny(size: tuple[int, int]) -> None:
    data = photos.jpeg(Image.linear_gradient("L").resize(size))
    placeholder = rendered(data).placeholder
    assert len(placeholder) < 300
    assert max(opened(b64decode(placeholder.removeprefix("data:image/webp;base64,"))).size) <= 16


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_refused(kind: str) -> None:
    data = photos.truncated(files()[kind])
    with pytest.raises(DamagedImage):
        render(data, gate.sniff(data), [(32, 32)])
