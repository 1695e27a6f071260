"""What belongs to a picture beside its pixels: crop, gain map, samples of more than 8 bits; and what does not."""

import shutil
import struct
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from functions.domain.limits import HTTP_LIMITS
from functions.imaging import gate, pixels
from functions.imaging.colours.convert import to_srgb
from functions.imaging.colours.statement import SRGB
from functions.imaging.containers.picture import Picture
from functions.imaging.fingerprint import fingerprint
from functions.imaging.renditions import render
from tests import photos
from tests.imaging.colour_files import chart, squares

AVIFENC, AVIFDEC = shutil.which("avifenc"), shutil.which("avifdec")
needs_avifenc = pytest.mark.skipif(
    not (AVIFENC and AVIFDEC), reason="avifenc is missing. Install it: sudo apt install libavif-bin"
)
LEFT, MIDDLE, RIGHT = (0, 0, 250), (10, 120, 30), (250, 0, 0)


def print_of(data: bytes) -> str:
    return fingerprint(data, gate.check(data, HTTP_LIMITS))


def stripes() -> Image.Image:
    image = Image.new("RGB", (200, 100), MIDDLE)
    image.paste(LEFT, (0, 0, 50, 100))
    image.paste(RIGHT, (150, 0, 200, 100))
    return image


def avif(folder: Path, image: Image.Image, *options: str) -> bytes:
    """The image as another program encodes it."""
    image.save(folder / "in.png")
    command = [str(AVIFENC), "-s", "9", "-y", "444", "--min", "0", "--max", "2", *options, "in.png", "out.avif"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return (folder / "out.avif").read_bytes()


def nearest(pixel: tuple[int, ...]) -> tuple[int, int, int]:
    return min((LEFT, MIDDLE, RIGHT), key=lambda each: sum(abs(a - b) for a, b in zip(each, pixel, strict=True)))


@needs_avifenc
@pytest.mark.parametrize(
    ("crop", "corners"),
    [
        ("0,0,100,100", (LEFT, MIDDLE)),
        ("100,0,100,100", (MIDDLE, RIGHT)),
        ("50,0,100,50", (MIDDLE, MIDDLE)),
        ("30,20,160,40", (LEFT, RIGHT)),
    ],
)
@pytest.mark.parametrize("turns", [0, 1])
def test_an_avif_is_cropped_wherever_its_aperture_is(
    crop: str, corners: tuple[tuple[int, int, int], ...], turns: int, tmp_path: Path
) -> None:
    data = avif(tmp_path, stripes(), "--crop", crop, "--irot", str(turns))
    _, _, width, height = map(int, crop.split(","))
    header = gate.check(data, HTTP_LIMITS)
    assert header.displayed == ((height, width) if turns else (width, height))
    image = pixels.open_image(data, header).convert("RGB")
    assert image.size == (width, height), "not turned yet"
    assert (nearest(image.getpixel((2, 2))), nearest(image.getpixel((width - 3, height - 3)))) == corners  # type: ignore[arg-type]
    thumbnail = Image.open(BytesIO(render(data, header.format, [header.displayed]).items[0][1]))
    assert thumbnail.size == header.displayed
    assert print_of(data) != print_of(avif(tmp_path, stripes(), "--irot", str(turns)))


@pytest.mark.parametrize(
    "aperture",
    [
        (),
        (200, 1, 100, 1, 0, 1, 0, 1),
        (100, 0, 100, 1, 0, 1, 0, 1),
        (100, 3, 100, 1, 0, 1, 0, 1),
        (100, 1, 100, 1, 1, 3, 0, 1),
        (100, 1, 100, 1, 51, 1, 0, 1),
        (0, 1, 100, 1, 0, 1, 0, 1),
        (300, 1, 100, 1, 0, 1, 0, 1),
    ],
)
def test_an_aperture_that_shows_everything_or_is_not_at_whole_pixels_within_is_ignored(
    aperture: tuple[int, ...],
) -> None:
    assert Picture(SRGB, aperture, (), 0).crop(200, 100) is None


@needs_avifenc
def test_ten_bits_of_avif_count_and_its_metadata_do_not(tmp_path: Path) -> None:
    def deep(*options: str) -> bytes:
        return avif(tmp_path, stripes(), "-d", "10", *options)

    (tmp_path / "words.xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    plain = deep()
    assert print_of(plain) == print_of(deep("--xmp", "words.xmp"))
    assert print_of(plain) != print_of(avif(tmp_path, stripes()))
    place = plain.rindex(b"mdat") + 40
    changed = plain[:place] + bytes((plain[place] ^ 1,)) + plain[place + 1 :]
    assert not is_same(plain, changed)


def is_same(one: bytes, other: bytes) -> bool:
    try:
        return print_of(one) == print_of(other)
    except Exception:  # noqa: BLE001 - a changed bit may make the file undecodable
        return False


@pytest.mark.parametrize(("primaries", "transfer"), [(12, 13), (9, 16), (9, 18), (1, 13)])
def test_heic_has_the_colours_of_its_code_points(primaries: int, transfer: int) -> None:
    file = BytesIO()
    pillow_heif.from_pillow(chart()).save(
        file,
        quality=-1,
        chroma=444,
        color_primaries=primaries,
        transfer_characteristics=transfer,
        matrix_coefficients=0,
    )
    data = file.getvalue()
    header = gate.check(data, HTTP_LIMITS)
    if (primaries, transfer) == (1, 13):
        assert header.colours.identity("RGB") == b""
        return
    assert header.colours.identity("RGB") == f"cicp {primaries} {transfer}".encode()
    shown = squares(to_srgb(pixels.open_image(data, header), header.colours))
    pairs = zip(shown, squares(chart()), strict=True)
    assert max(abs(a - b) for one, two in pairs for a, b in zip(one, two, strict=True)) > 20


def gain_mapped(note: bytes, marker: int, seed: int = 5, comment: bytes = b"") -> bytes:
    """A JPEG and a second one behind it, whose metadata call it a gain map."""
    plain, extra = photos.jpeg(photos.photo(60, 40)), photos.jpeg(photos.photo(30, 20, seed).convert("L"))
    segments = ((marker, note), (0xFE, comment))
    notes = b"".join(bytes((0xFF, code)) + struct.pack(">H", len(text) + 2) + text for code, text in segments)
    return plain + extra[:2] + notes + extra[2:]


XMP = b"http://ns.adobe.com/xap/1.0/\0"
NOTES = {
    "ultra hdr": (XMP + b"<x xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/' v='1'/>", 0xE1),
    "iso": (b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0", 0xE2),
    "apple": (XMP + b"<x>urn:com:apple:photo:2020:aux:hdrgainmap</x>", 0xE1),
}


@pytest.mark.parametrize("kind", NOTES)
def test_a_gain_map_counts_and_its_other_metadata_do_not(kind: str) -> None:
    note, marker = NOTES[kind]
    data = gain_mapped(note, marker)
    plain = photos.jpeg(photos.photo(60, 40))
    assert print_of(data) != print_of(plain)
    assert print_of(data) == print_of(gain_mapped(note, marker, comment=b"another comment"))
    assert print_of(data) != print_of(gain_mapped(note, marker, seed=6))
    assert print_of(data) != print_of(gain_mapped(note.replace(b"v='1'", b"v='2'") + b" ", marker))


def test_a_second_picture_without_the_metadata_of_a_gain_map_does_not_count() -> None:
    assert print_of(gain_mapped(b"MPF\0", 0xE2)) == print_of(photos.jpeg(photos.photo(60, 40)))
    assert print_of(photos.jpeg(photos.photo(60, 40)) + b"\xff\xd8\xff") == print_of(photos.jpeg(photos.photo(60, 40)))


def test_lossless_copies_are_found() -> None:
    """The ways in which programs change a file and not its picture."""
    picture = photos.photo(120, 90)
    file = photos.jpeg(picture, exif=photos.exif_bytes(camera=("A", "B")), icc_profile=photos.srgb_profile())
    assert print_of(photos.jpeg(picture)) == print_of(file), "metadata and an sRGB profile removed"
    assert print_of(reordered(file)) == print_of(file), "segments in another order"
    assert print_of(photos.jpeg(picture, optimize=True)) == print_of(photos.jpeg(picture, progressive=True))
    copies = [
        photos.png(picture),
        photos.png(picture, compress_level=9, icc_profile=photos.srgb_profile()),
        photos.png(picture, dpi=(300, 300)),
        photos.webp(picture, lossless=True),
        photos.webp(picture.convert("RGBA"), lossless=True),
        photos.png_deep(np.asarray(picture).astype(np.uint16) * 257),
    ]
    assert len({print_of(each) for each in copies}) == 1


def reordered(data: bytes) -> bytes:
    """A JPEG with its application segments in the opposite order."""
    place, segments = 2, []
    while 0xE0 <= data[place + 1] <= 0xEF:
        length = 2 + int.from_bytes(data[place + 2 : place + 4])
        segments.append(data[place : place + length])
        place += length
    assert len(segments) > 2
    return data[:2] + b"".join(segments[::-1]) + data[place:]
