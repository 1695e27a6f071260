"""Removal of private metadata: all of it is removed, and nothing else is."""

import struct
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from functions.domain.errors import DamagedImage
from functions.domain.formats import GIF, JPEG, PNG, WEBP, Format
from functions.domain.limits import HTTP_LIMITS
from functions.imaging import gate
from functions.imaging.colours.publish import public
from functions.imaging.examine import examine
from functions.imaging.strip import strip
from tests import photos
from tests.imaging.cases import STRIPPABLE, files

SECRET = b"48.2082N 16.3738E"
EXIF = photos.exif_bytes(camera=(SECRET.decode(), "x"), gps=(48.2082, 16.3738), orientation=6)


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2) + content


def riff(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def leaky_jpeg(plain: bytes) -> bytes:
    """The JPEG with private segments at the start, before the first scan, between scans, and a video after its end."""
    head, scan, rest = plain[:2], plain.index(b"\xff\xda"), plain.rindex(b"\xff\xda")
    private = b"".join(
        (
            segment(0xE0, b"JFXX\0\x10" + SECRET),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
            segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + SECRET),
            segment(0xE2, b"MPF\0" + SECRET),
            segment(0xE2, b"FPXR\0" + SECRET),
            segment(0xED, b"Photoshop 3.0\0" + SECRET),
            segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + SECRET),
            segment(0xEE, b"other" + SECRET),
            segment(0xEF, SECRET),
            segment(0xF0, SECRET),
            segment(0xFE, SECRET),
            SECRET,
        )
    )
    film = plain + b"\0\0\0\x20ftypmp42" + SECRET
    return head + private + plain[2:scan] + private + plain[scan:rest] + private + plain[rest:] + film


def leaky_png(data: bytes) -> bytes:
    """The PNG with private chunks at the start, around the pixels and after the end."""
    private = b"".join(
        photos.png_chunk(kind, content)
        for kind, content in (
            (b"tEXt", b"GPS\0" + SECRET),
            (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET),
            (b"zTXt", b"GPS\0" + SECRET),
            (b"tIME", SECRET),
            (b"prVt", SECRET),
        )
    )
    pixels, end = data.index(b"IDAT") - 4, len(data) - 12
    return data[:33] + private + data[33:pixels] + private + data[pixels:end] + private + data[end:] + SECRET


def leaky_webp(data: bytes) -> bytes:
    """The WebP with private chunks inside every frame and after the end."""
    body, place = b"", 12
    while place < len(data):
        kind, length = struct.unpack_from("<4sI", data, place)
        content = data[place + 8 : place + 8 + length]
        body += riff(kind, content + riff(b"prVt", SECRET) if kind == b"ANMF" else content)
        place += 8 + length + length % 2
    body += riff(b"XMP ", SECRET) + riff(b"prVt", SECRET)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body + SECRET


def leaky_gif(data: bytes) -> bytes:
    """The GIF with private blocks before the first frame, after the last one and after the end."""
    block = bytes((len(SECRET),)) + SECRET
    private = b"".join(
        (
            b"\x21\xfe" + block + b"\0",
            b"\x21\x01\x0c" + bytes(12) + block + b"\0",
            b"\x21\xff\x0bXMP DataXMP" + block + b"\0",
            b"\x21\xff\x0bNETSCAPE2.0\3\1\0\0" + block + b"\0",
            b"\x21\xf9\4\0\x0a\0\0" + block + b"\0",
            b"\x21\x99" + block + b"\0",
        )
    )
    start = 13 + 3 * (2 << (data[10] & 7))
    return data[:start] + private + data[start:-1] + private + b";" + SECRET


FRAMES = [photos.photo(60, 40, seed) for seed in range(3)]
PROFILE = photos.p3_profile(SECRET.decode())
PRIVATE: dict[str, Any] = {"exif": EXIF, "icc_profile": PROFILE}
PLAIN = {
    "jpeg": photos.jpeg(progressive=True, comment=SECRET, **PRIVATE),
    "png": photos.png(**PRIVATE),
    "apng": photos.animated("PNG", FRAMES, **PRIVATE),
    "webp": photos.webp(**PRIVATE),
    "animated webp": photos.animated("WEBP", FRAMES, **PRIVATE),
    "gif": photos.gif(FRAMES),
}
LEAKS = {JPEG: leaky_jpeg, PNG: leaky_png, WEBP: leaky_webp, GIF: leaky_gif}
LEAKY = {kind: (LEAKS[gate.sniff(data)](data), gate.sniff(data)) for kind, data in PLAIN.items()}


def pixels(data: bytes) -> list[tuple[str, bytes]]:
    """Mode and bytes of every frame, as decoded by Pillow alone."""
    with Image.open(BytesIO(data)) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append((image.mode, image.tobytes()))
        return frames


@pytest.mark.parametrize("kind", LEAKY)
def test_no_private_metadata_remain(kind: str) -> None:
    data, image_format = LEAKY[kind]
    assert SECRET in data
    stripped = strip(data, image_format)
    assert SECRET not in stripped
    for word in (b"http", b"XMP", b"MPF", b"Photoshop", b"GPS", b"JFXX", b"prVt", b"ftyp"):
        assert word not in stripped
    with Image.open(BytesIO(stripped)) as image:
        assert dict(image.getexif()) in ({}, {0x0112: 6})


@pytest.mark.parametrize("kind", LEAKY)
def test_pixels_profile_and_orientation_do_not_change(kind: str) -> None:
    data, image_format = LEAKY[kind]
    stripped = strip(data, image_format)
    assert pixels(stripped) == pixels(PLAIN[kind])
    before, after = (gate.check(each, HTTP_LIMITS) for each in (data, stripped))
    assert after.colours.identity("RGB") == before.colours.identity("RGB")
    assert after.orientation == before.orientation
    if image_format is not GIF:
        assert (after.colours.icc, after.orientation) == (public(PROFILE), 6)


@pytest.mark.parametrize("kind", LEAKY)
def test_pillow_reads_the_profile_and_the_orientation(kind: str) -> None:
    data, image_format = LEAKY[kind]
    with Image.open(BytesIO(strip(data, image_format))) as image:
        image.load()
        if image_format is not GIF:
            assert image.info["icc_profile"] == public(PROFILE)
            assert image.getexif()[0x0112] == 6


@pytest.mark.parametrize("kind", STRIPPABLE)
def test_a_stripped_file_is_not_changed_again(kind: str) -> None:
    data = files()[kind]
    image_format = gate.sniff(data)
    once = strip(data, image_format)
    assert strip(once, image_format) == once
    assert pixels(once) == pixels(data)
    assert examine(once, HTTP_LIMITS, sha256="").fingerprint == examine(data, HTTP_LIMITS, sha256="").fingerprint


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_kept(orientation: int) -> None:
    exif = photos.exif_bytes(orientation=orientation, gps=(1, 2))
    for data in (photos.jpeg(exif=exif), photos.png(exif=exif), photos.webp(exif=exif)):
        stripped = strip(data, gate.sniff(data))
        assert gate.check(stripped, HTTP_LIMITS).orientation == orientation
        assert (b"Exif" in stripped or b"EXIF" in stripped or b"eXIf" in stripped) == (orientation != 1)


def test_the_thumbnail_in_a_jfif_segment_is_removed() -> None:
    data = photos.jpeg()
    head = data.index(b"JFIF")
    length = 16 + 3 * 4
    data = data[: head - 2] + length.to_bytes(2) + data[head : head + 12] + b"\2\2" + b"\xabcd" * 4 + data[head + 14 :]
    stripped = strip(data[: head - 2] + data[head - 2 :], JPEG)
    assert b"\xabcd" not in stripped
    assert pixels(stripped) == pixels(photos.jpeg())


def test_cmyk_keeps_its_adobe_segment() -> None:
    data = files()["jpeg cmyk"]
    assert pixels(strip(data, JPEG)) == pixels(data)


def test_an_animation_keeps_its_loops_and_durations() -> None:
    with Image.open(BytesIO(strip(photos.gif(FRAMES, loop=7, duration=[50, 60, 70]), GIF))) as image:
        assert image.info["loop"] == 7
        image.seek(2)
        assert image.info["duration"] == 70


@pytest.mark.parametrize("image_format", [JPEG, PNG, WEBP, GIF])
def test_a_broken_container_is_reported_as_damage(image_format: Format) -> None:
    for data in (b"", b"x", bytes(100), files()[image_format.name][:40]):
        with pytest.raises(DamagedImage):
            strip(data, image_format)
