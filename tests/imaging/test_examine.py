"""The facts about an upload, and the files that are refused."""

import json
import time
import zlib
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from PIL import Image
from PIL.ImageFile import _get_oserror

from functions.domain.errors import (
    DamagedImage,
    EmptyImage,
    ImageRepoError,
    ImageTooLarge,
    Unavailable,
    UnsupportedFormat,
)
from functions.domain.limits import HTTP_LIMITS, Limits
from functions.domain.model import Facts
from functions.imaging.examine import examine
from tests import photos
from tests.imaging.cases import KINDS, STRIPPABLE, files


def examined(data: bytes, limits: Limits = HTTP_LIMITS) -> Facts:
    return examine(data, limits, sha256=sha256(data).hexdigest())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_accepted(kind: str) -> None:
    data = files()[kind]
    facts = examined(data)
    assert facts.format.name == kind.split(maxsplit=1)[0]
    assert facts.bytes == len(data)
    assert facts.sha256 == sha256(data).hexdigest()
    assert len(facts.fingerprint) == 128
    assert facts.frames == (3 if "animated" in kind else 1)
    if "deep" not in kind and "animated" not in kind:
        assert (facts.width, facts.height) == ((64, 96) if "turned" in kind else (96, 64))


@pytest.mark.parametrize("kind", KINDS)
def test_every_truncation_is_refused_or_decodes_to_the_end(kind: str) -> None:
    data = files()[kind]
    whole = examined(data)
    for length in {*range(0, len(data), max(1, len(data) // 60)), *range(len(data) - 20, len(data))}:
        try:
            facts = examined(data[:length])
        except ImageRepoError:
            continue
        assert facts.fingerprint == whole.fingerprint, f"{length} of {len(data)} bytes give another image"


@pytest.mark.parametrize("kind", STRIPPABLE)
def test_a_video_after_the_end_is_ignored(kind: str) -> None:
    data = files()[kind]
    assert examined(data + b"\0\0\0\x20ftypmp42" + bytes(1000)).fingerprint == examined(data).fingerprint


def test_a_file_without_bytes_is_an_empty_image() -> None:
    with pytest.raises(EmptyImage):
        examined(b"")


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BM" + bytes(100),
        b"II*\0" + bytes(100),
        b"%PDF-1.7",
        b"\0\0\0\x20ftypmp42" + bytes(100),
        b"\0\0\0\x20ftypmif1" + bytes(100),
        b"RIFF\0\0\0\0WAVE",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\xff",
        b"\0",
    ],
)
def test_another_format_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedFormat):
        examined(data)


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    began = time.thread_time()
    with pytest.raises(ImageTooLarge, match="The limits are 16,384 pixels a side and 50,000,000 pixels in all"):
        examined(photos.png_bomb(50_000, 50_000))
    assert time.thread_time() - began < 0.1


def test_a_gif_of_ten_thousand_frames_is_refused_at_once() -> None:
    data = photos.gif_of(1_000_000)
    began = time.thread_time()
    with pytest.raises(ImageTooLarge, match="more than 300 frames"):
        examined(data)
    assert time.thread_time() - began < 0.1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limits", [{"bytes": 200}, {"side": 50}, {"pixels": 2_000}], ids=str)
def test_every_limit_holds_for_every_kind(kind: str, limits: dict[str, Any]) -> None:
    with pytest.raises(ImageTooLarge):
        examined(files()[kind], replace(HTTP_LIMITS, **limits))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "animated" in kind])
@pytest.mark.parametrize("limits", [{"frames": 2}, {"frame_pixels": 7_000}], ids=str)
def test_every_limit_on_frames_holds_for_every_animation(kind: str, limits: dict[str, Any]) -> None:
    with pytest.raises(ImageTooLarge):
        examined(files()[kind], replace(HTTP_LIMITS, **limits))


def test_an_image_that_reaches_the_limits_is_accepted() -> None:
    image = Image.new("L", (100, 50))
    assert examined(photos.png(image), replace(HTTP_LIMITS, side=100, pixels=5_000)).width == 100


def test_a_jpeg_with_too_many_scans_is_refused() -> None:
    data = files()["jpeg progressive"]
    scan = data.rindex(b"\xff\xda")
    bomb = data[:-2] + data[scan:-2] * 100 + b"\xff\xd9"
    with pytest.raises(ImageTooLarge, match="more than 64 scans"):
        examined(bomb)


def test_a_jpeg_of_12_bits_is_an_unsupported_format() -> None:
    data = bytearray(files()["jpeg"])
    data[data.index(b"\xff\xc0") + 4] = 12
    with pytest.raises(UnsupportedFormat, match="12 bits"):
        examined(bytes(data))


def test_a_decompression_bomb_in_the_metadata_takes_little_time() -> None:
    bomb = zlib.compress(bytes(200_000_000), 9)
    data = files()["png"]
    chunks = (
        photos.png_chunk(b"zTXt", b"Comment\0\0" + bomb)
        + photos.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb)
        + photos.png_chunk(b"iCCP", b"bomb\0\0" + bomb)
    )
    began = time.thread_time()
    facts = examined(data[:33] + chunks + data[33:])
    assert time.thread_time() - began < 1
    assert facts.fingerprint == examined(data).fingerprint


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + b"\xff\xfe\0\2" * 2_000_000 + b"\xff\xd9",
        b"\xff\xd8\xff\xda\0\2" + b"\xff\0" * 4_000_000,
        photos.PNG_SIGNATURE
        + photos.png_chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0")
        + photos.png_chunk(b"tEXt", b"") * 700_000,
        b"RIFF\0\x12\x7a\0WEBPVP8X\x0a\0\0\0" + bytes(10) + b"ABCD\0\0\0\0" * 1_000_000,
        b"GIF89a\1\0\1\0\0\0\0" + b"\x21\xfe" + b"\1x" * 4_000_000 + b"\0;",
        b"GIF89a\1\0\1\0\0\0\0" + b"\x21\xfe\0" * 2_500_000 + b";",
        b"\0\0\0\x10ftypavif\0\0\0\0" + b"\0\0\0\x08free" * 1_000_000,
    ],
    ids=["jpeg segments", "jpeg stuffing", "png chunks", "webp chunks", "gif sub-blocks", "gif blocks", "avif boxes"],
)
def test_millions_of_tiny_parts_take_little_time(data: bytes) -> None:
    began = time.thread_time()
    with pytest.raises(ImageRepoError):
        examined(data)
    assert time.thread_time() - began < 2


def test_a_wrong_checksum_is_damage() -> None:
    data = bytearray(files()["png"])
    data[data.index(b"IDAT") + 20] ^= 1
    with pytest.raises(DamagedImage):
        examined(bytes(data))


@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_an_image_without_pixels_is_damaged(kind: str) -> None:
    data = files()[kind]
    place = data.index(b"ispe") + 8
    with pytest.raises(DamagedImage):
        examined(data[:place] + bytes(8) + data[place + 8 :])


PILLOWS_CODE_FOR_MEMORY = -9


@pytest.mark.parametrize("error", [MemoryError(), _get_oserror(PILLOWS_CODE_FOR_MEMORY, encoder=False)])
def test_a_lack_of_memory_is_not_reported_as_a_damaged_file(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise error

    monkeypatch.setattr(Image.Image, "crop", exhausted)
    with pytest.raises(Unavailable):
        examined(files()["jpeg"])


def test_the_facts_include_the_metadata_of_the_camera() -> None:
    exif = photos.exif_bytes(camera=("Canon", "Canon EOS 5D"), gps=(48.2, 16.37), orientation=6)
    for data in (
        photos.jpeg(exif=exif),
        photos.png(exif=exif),
        photos.webp(exif=exif),
        photos.avif(exif=exif),
        photos.heic(exif=exif),
    ):
        facts = examined(data)
        assert facts.exif == {
            "camera": "Canon EOS 5D",
            "gps": {"latitude": 48.2, "longitude": 16.37, "altitude": 34.5},
        }, facts.format.name
        assert (facts.width, facts.height) == (240, 320)
        json.dumps(dict(facts.exif), allow_nan=False)
