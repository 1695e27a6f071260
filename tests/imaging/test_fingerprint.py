"""Which files are the same image."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from functions.domain.errors import DamagedImage
from functions.domain.limits import HTTP_LIMITS
from functions.imaging import gate
from functions.imaging.fingerprint import fingerprint
from tests import photos


def print_of(data: bytes) -> str:
    return fingerprint(data, gate.check(data, HTTP_LIMITS))


PHOTO = photos.photo(70, 130)
SAVERS: list[photos.Saver] = [photos.jpeg, photos.png, photos.webp, photos.avif]


@pytest.mark.parametrize("save", SAVERS)
def test_metadata_does_not_change_the_fingerprint(save: photos.Saver) -> None:
    exif = photos.exif_bytes(camera=("A", "B"), gps=(1, 2))
    assert print_of(save(PHOTO, exif=exif, icc_profile=photos.srgb_profile())) == print_of(save(PHOTO))


def test_lossless_encoding_does_not_change_the_fingerprint() -> None:
    expected = print_of(photos.png(PHOTO))
    assert print_of(photos.png(PHOTO, compress_level=9)) == expected
    assert print_of(photos.png(PHOTO, optimize=True)) == expected
    assert print_of(photos.webp(PHOTO, lossless=True)) == expected


def test_a_progressive_jpeg_is_the_same_image_as_a_baseline_jpeg() -> None:
    assert print_of(photos.jpeg(PHOTO, progressive=True)) == print_of(photos.jpeg(PHOTO, optimize=True))


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "PA"])
def test_an_opaque_image_is_the_same_image_in_rgb(mode: str) -> None:
    image = PHOTO.quantize(50).convert(mode) if mode == "PA" else PHOTO.convert(mode)
    if mode == "PA":
        image = image.convert("RGBA")
    assert print_of(photos.png(image)) == print_of(photos.png(image.convert("RGB")))


def test_a_palette_with_transparency_is_the_same_image_in_rgba() -> None:
    image = PHOTO.quantize(16)
    data = photos.png(image, transparency=bytes([0, 100, 255]))
    with Image.open(BytesIO(data)) as reopened:
        twin = reopened.convert("RGBA")
    assert print_of(data) == print_of(photos.png(twin)) == print_of(photos.webp(twin, lossless=True, exact=True))


def test_a_transparent_colour_is_the_same_image_in_rgba() -> None:
    image = Image.new("RGB", (20, 10), (1, 2, 3))
    image.putpixel((5, 5), (9, 9, 9))
    twin = image.convert("RGBA")
    twin.putpixel((5, 5), (9, 9, 9, 0))
    assert print_of(photos.png(image, transparency=(9, 9, 9))) == print_of(photos.png(twin))
    assert print_of(photos.png(image, transparency=(8, 8, 8))) == print_of(photos.png(image))


def test_a_still_gif_is_the_same_image_as_png() -> None:
    image = PHOTO.quantize(200)
    assert print_of(photos.gif([image])) == print_of(photos.png(image.convert("RGB")))


def test_an_animation_is_the_same_image_in_another_format() -> None:
    frames = [photos.photo(40, 30, seed).quantize(100).convert("RGB") for seed in range(3)]
    expected = print_of(photos.animated("PNG", frames))
    assert print_of(photos.animated("WEBP", frames, lossless=True)) == expected
    assert print_of(photos.animated("PNG", frames, duration=50)) != expected
    assert print_of(photos.animated("PNG", frames[:2])) != expected
    assert print_of(photos.animated("PNG", [frames[0], frames[2], frames[1]])) != expected


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P"])
@given(across=st.integers(0, 69), down=st.integers(0, 129))
@settings(max_examples=15, deadline=None)
def test_one_changed_pixel_gives_another_image(mode: str, across: int, down: int) -> None:
    image = photos.photo(70, 130).convert(mode)
    before = print_of(photos.png(image))
    pixel = image.getpixel((across, down))
    image.putpixel((across, down), (pixel[0] ^ 1, *pixel[1:]) if isinstance(pixel, tuple) else int(pixel or 0) ^ 1)
    assert print_of(photos.png(image)) != before


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_each_of_16_bits_changes_the_fingerprint(channels: int, data: st.DataObject) -> None:
    values = np.random.default_rng(7).integers(0, 65536, (70, 9, channels), dtype=np.uint16)
    before = print_of(photos.png_deep(values))
    place = tuple(data.draw(st.integers(0, side - 1)) for side in values.shape)
    values[place] ^= 1 << data.draw(st.integers(0, 15))
    assert print_of(photos.png_deep(values)) != before


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_an_image_of_8_bits_that_was_saved_with_16_bits_is_the_same_image(channels: int) -> None:
    values = np.random.default_rng(7).integers(0, 256, (20, 10, channels), dtype=np.uint16)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    shallow = print_of(photos.png(Image.frombytes(mode, (10, 20), values.astype(np.uint8).tobytes())))
    deep = values * 257
    assert print_of(photos.png_deep(deep)) == shallow
    deep[3, 4, 0] ^= 1
    assert print_of(photos.png_deep(deep)) != shallow


def deep_animation(frames: Sequence[NDArray[np.uint16]]) -> bytes:
    """An animated PNG of 16 bits a channel."""
    height, width, _ = frames[0].shape
    head = photos.png_deep(frames[0])[:33]  # signature and IHDR
    chunks = [photos.png_chunk(b"acTL", struct.pack(">II", len(frames), 0))]
    sequence = 0
    for number, frame in enumerate(frames):
        control = struct.pack(">IIIIIHHBB", sequence, width, height, 0, 0, 1, 10, 0, 0)
        rows = b"".join(b"\0" + row.tobytes() for row in frame.astype(">u2"))
        packed = zlib.compress(rows)
        sequence += 1
        chunks.append(photos.png_chunk(b"fcTL", control))
        if number:
            chunks.append(photos.png_chunk(b"fdAT", struct.pack(">I", sequence) + packed))
            sequence += 1
        else:
            chunks.append(photos.png_chunk(b"IDAT", packed))
    return head + b"".join(chunks) + photos.png_chunk(b"IEND", b"")


@pytest.mark.parametrize("frame", [0, 1])
def test_every_bit_of_a_16_bit_animation_changes_the_fingerprint(frame: int) -> None:
    values = np.random.default_rng(7).integers(0, 65536, (2, 8, 9, 3), dtype=np.uint16)
    before = print_of(deep_animation(list(values)))
    values[frame, 3, 4, 1] ^= 1
    assert print_of(deep_animation(list(values))) != before


def test_metadata_does_not_change_the_fingerprint_of_a_16_bit_animation() -> None:
    values = np.random.default_rng(7).integers(0, 65536, (2, 8, 9, 3), dtype=np.uint16)
    data = deep_animation(list(values))
    assert print_of(data[:33] + photos.png_chunk(b"tEXt", b"Comment\0words") + data[33:]) == print_of(data)


def test_a_16_bit_animation_is_decoded_to_its_end() -> None:
    values = np.random.default_rng(7).integers(0, 65536, (2, 8, 9, 3), dtype=np.uint16)
    shortened = struct.pack(">I", 2) + zlib.compress(b"\0\0\0")
    data = deep_animation(list(values))
    start = data.index(b"fdAT") - 4
    damaged = data[:start] + photos.png_chunk(b"fdAT", shortened) + photos.png_chunk(b"IEND", b"")
    with pytest.raises(DamagedImage):
        print_of(damaged)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_transparent_colour_of_16_bits_is_the_same_image_with_an_alpha_channel(channels: int) -> None:
    values = np.random.default_rng(7).integers(0, 65536, (5, 4, channels), dtype=np.uint16)
    data = photos.png_deep(values)
    key = values[2, 3].astype(">u2").tobytes()
    alpha = np.full((5, 4, 1), 65535, dtype=np.uint16)
    alpha[2, 3] = 0
    twin = photos.png_deep(np.concatenate((values, alpha), axis=2))
    assert print_of(with_key(data, key)) == print_of(twin) != print_of(data)
    assert print_of(with_key(data, key[:-1] + bytes((key[-1] ^ 1,)))) == print_of(data), "no pixel has this colour"


def with_key(data: bytes, key: bytes) -> bytes:
    """The PNG with a transparent colour."""
    return data[:33] + photos.png_chunk(b"tRNS", key) + data[33:]


def test_each_orientation_gives_another_image() -> None:
    prints = {print_of(photos.jpeg(PHOTO, exif=photos.exif_bytes(orientation=each))) for each in range(1, 9)}
    assert len(prints) == 8


def test_the_same_bytes_in_another_shape_are_another_image() -> None:
    assert print_of(photos.png(Image.new("L", (10, 20)))) != print_of(photos.png(Image.new("L", (20, 10))))


def test_cmyk_is_not_converted_to_rgb() -> None:
    image = PHOTO.convert("CMYK")
    assert print_of(photos.jpeg(image)) != print_of(photos.jpeg(image.convert("RGB")))
