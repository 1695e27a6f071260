"""EXIF: the values that are read, and the values that are ignored."""

import json
import struct
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from functions.domain.wall_time import parse
from functions.imaging import exif
from tests.photos import exif_bytes

Photo = ExifTags.Base


def read(block: bytes) -> exif.Exif:
    found = exif.read(exif.without_prefix(block))
    json.dumps(found.details, allow_nan=False)
    return found


def details(tags: dict[int, Any], **more: Any) -> dict[str, object]:
    return read(exif_bytes(tags=tags, **more)).details


def test_the_usual_tags_are_read() -> None:
    block = exif_bytes(
        camera=("Canon", "Canon EOS 5D"),
        gps=(-48.25, -16.5),
        orientation=3,
        taken_at=datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=2))),
        tags={
            Photo.LensModel: "EF 50mm f/1.8",
            Photo.FocalLength: Fraction(50),
            Photo.FNumber: Fraction(28, 10),
            Photo.ExposureTime: Fraction(1, 250),
            Photo.ISOSpeedRatings: 400,
        },
    )
    assert read(block) == exif.Exif(
        orientation=3,
        taken_at=parse("2024-05-06T07:08:09+02:00"),
        details={
            "camera": "Canon EOS 5D",
            "lens": "EF 50mm f/1.8",
            "focal_length_mm": 50.0,
            "aperture": 2.8,
            "exposure_time": "1/250",
            "iso": 400,
            "gps": {"latitude": -48.25, "longitude": -16.5, "altitude": 34.5},
        },
    )


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D90", "NIKON D90"),
        ("Apple", "iPhone 15 Pro", "Apple iPhone 15 Pro"),
        ("SONY ", " ILCE-7M3\0\0", "SONY ILCE-7M3"),
        ("", "X100", "X100"),
        ("Leica", "", "Leica"),
    ],
)
def test_make_and_model_are_one_name(make: str, model: str, camera: str) -> None:
    assert read(exif_bytes(camera=(make, model))).details["camera"] == camera


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (Fraction(1, 8000), "1/8000"),
        (Fraction(10, 2500), "1/250"),
        (Fraction(3, 10), "1/3"),
        (Fraction(4, 10), "0.4"),
        (Fraction(5, 2), "2.5"),
        (Fraction(30), "30"),
    ],
)
def test_the_exposure_time_is_written_as_photographers_write_it(seconds: Fraction, text: str) -> None:
    assert details({Photo.ExposureTime: seconds}) == {"exposure_time": text}


@pytest.mark.parametrize("gps", [(400.0, 1.0), (1.0, 181.0), (90.1, 0.0)])
def test_an_impossible_position_is_left_out(gps: tuple[float, float]) -> None:
    assert "gps" not in read(exif_bytes(gps=gps)).details


def test_text_is_clean_and_short() -> None:
    camera = read(exif_bytes(camera=("", "a\x01b\x1b[31mc\x7f" + "d" * 500))).details["camera"]
    assert camera == ("ab[31mc" + "d" * 500)[:200]


def rational(over: int, under: int, kind: int = 5) -> bytes:
    """A block whose aperture is that fraction, which Pillow would not write."""
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHII", 1, 0x8769, 4, 1, 26) + bytes(4)
    return head + struct.pack("<HHHII", 1, Photo.FNumber, kind, 1, 44) + bytes(4) + struct.pack("<II", over, under)


@pytest.mark.parametrize(("over", "under"), [(0, 0), (1, 0), (2**32 - 1, 1), (0, 5)])
def test_impossible_fractions_are_left_out(over: int, under: int) -> None:
    assert read(rational(28, 10)).details == {"aperture": 2.8}
    assert read(rational(over, under)).details == {}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), -1.0])
def test_impossible_floats_are_left_out(value: float) -> None:
    low, high = struct.unpack("<II", struct.pack("<d", value))
    assert read(rational(low, high, kind=12)).details == {}


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
        b"XX*\0\0\0\0\x08" + bytes(50),
        b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0" + bytes(4),
        b"MM\0*\0\0\0\x08\xff\xff" + b"\x01\x0f\0\x02\xff\xff\xff\xff\0\0\0\0" * 65_535,
    ],
    ids=["empty", "short", "far", "cut", "unknown", "cyclic", "huge"],
)
def test_a_broken_block_has_no_metadata(block: bytes) -> None:
    assert read(block).details in ({}, {"camera": "MM"})


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_invalid_orientation_is_upright(orientation: int) -> None:
    assert read(exif_bytes(orientation=orientation)).orientation == 1


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_minimal_block_has_only_the_orientation(orientation: int) -> None:
    assert read(exif.minimal(orientation)) == exif.Exif(orientation)
    block = Image.Exif()
    block.load(exif.minimal(orientation))
    assert dict(block) == {Photo.Orientation: orientation}


BLOCK = exif_bytes(
    camera=("Canon", "EOS"),
    gps=(48.2, 16.3),
    orientation=6,
    taken_at=datetime(2024, 1, 1, tzinfo=UTC),
    tags={Photo.FNumber: Fraction(28, 10), Photo.ISOSpeedRatings: 100, Photo.ExposureTime: Fraction(1, 60)},
)


@given(
    st.lists(st.tuples(st.integers(6, len(BLOCK) - 1), st.integers(0, 255)), max_size=20), st.integers(0, len(BLOCK))
)
@settings(max_examples=300, deadline=None)
def test_a_damaged_block_never_raises(changes: list[tuple[int, int]], length: int) -> None:
    block = bytearray(BLOCK)
    for place, value in changes:
        block[place] = value
    found = read(bytes(block[:length]))
    assert found.orientation in range(1, 9)
    assert found.taken_at is None or parse(found.taken_at.exact) == found.taken_at
    assert all(len(value) <= exif.MAX_TEXT for value in found.details.values() if isinstance(value, str))


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_random_bytes_never_raise(block: bytes) -> None:
    read(b"MM\0*\0\0\0\x08" + block)
