"""Files that lack their end, or have something after it: taken if all pixels are there, as browsers do."""

import struct
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from functions.domain.errors import DamagedImage
from functions.domain.limits import HTTP_LIMITS
from functions.imaging import gate, pixels
from functions.imaging.containers import jpeg, png
from functions.imaging.fingerprint import fingerprint
from functions.imaging.renditions import render
from functions.imaging.strip import strip
from tests import photos
from tests.imaging.cases import files

PHOTO = photos.photo(96, 64)
JPEGS = {
    "baseline": photos.jpeg(PHOTO),
    "grey": photos.jpeg(PHOTO.convert("L")),
    "progressive": photos.jpeg(PHOTO, progressive=True),
    "with restarts": photos.jpeg(PHOTO, restart_marker_blocks=2),
}
PNGS = {
    "rgb": photos.png(PHOTO),
    "palette": photos.png(PHOTO.quantize(64)),
    "several chunks": photos.png(photos.photo(300, 200)),
    "animated": photos.animated("PNG", [photos.photo(60, 40, seed) for seed in range(3)]),
}


def print_of(data: bytes) -> str:
    return fingerprint(data, gate.check(data, HTTP_LIMITS))


def is_accepted(data: bytes) -> bool:
    try:
        print_of(data)
    except DamagedImage:
        return False
    return True


@pytest.mark.parametrize("end", [b"", bytes(16), b"\xff", b"\r\n"], ids=["nothing", "zeros", "half a marker", "a line"])
@pytest.mark.parametrize("kind", JPEGS)
def test_a_jpeg_without_the_marker_of_its_end_is_the_same_image(kind: str, end: bytes) -> None:
    data = JPEGS[kind]
    open_ended = data[:-2] + end
    assert print_of(open_ended) == print_of(data)
    with pytest.raises(DamagedImage, match="private data may follow"):
        strip(open_ended, gate.sniff(data))
    render(open_ended, gate.sniff(data), [(48, 32)])


@pytest.mark.parametrize("kind", JPEGS)
@given(lost=st.integers(1, 2_000))
@settings(max_examples=60, deadline=None)
def test_a_jpeg_that_lacks_one_byte_of_its_pixels_is_damaged(kind: str, lost: int) -> None:
    data = JPEGS[kind]
    cut = data[: max(20, len(data) - 2 - lost)]
    if is_accepted(cut):  # the last bits can be padding only
        assert lost == 1
        assert print_of(cut) == print_of(data)


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
@pytest.mark.parametrize("height", [56, 50])
def test_a_jpeg_of_noise_that_is_cut_is_never_another_picture(subsampling: str, height: int) -> None:
    """Blocks outside of the picture can take the first bytes of a filler."""
    noise = Image.frombytes("RGB", (72, height), Random(7).randbytes(72 * height * 3))
    data = photos.jpeg(noise, quality=30, subsampling=subsampling)
    whole = print_of(data)
    for lost in range(1, 60):
        cut = data[: -2 - lost]
        assert not is_accepted(cut) or print_of(cut) == whole, lost


def test_a_progressive_jpeg_that_lacks_whole_scans_is_damaged() -> None:
    """A decoder does not notice that: it shows what the earlier scans have."""
    data = JPEGS["progressive"]
    ends = [each.end for each in jpeg.segments(data) if each.marker == 0xDA]
    assert len(ends) > 3
    assert [is_accepted(data[:end]) for end in ends] == [False] * (len(ends) - 1) + [True]
    assert is_accepted(data[: ends[0]] + b"\xff\xd9"), "with its end, the file says that this is all"


@pytest.mark.parametrize("kind", PNGS)
def test_a_png_is_whole_without_its_end(kind: str) -> None:
    data = PNGS[kind]
    for lost in range(1, 13):
        assert print_of(data[:-lost]) == print_of(data), lost
    assert strip(data[:-12], gate.sniff(data)) == strip(data, gate.sniff(data))
    text = photos.png_chunk(b"tEXt", b"Comment\0" + bytes(50))
    assert print_of(data[:-12] + text[:-20]) == print_of(data), "what comes after the pixels may be cut"


@pytest.mark.parametrize("kind", PNGS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_png_that_lacks_pixels_is_damaged(kind: str, data: st.DataObject) -> None:
    file = PNGS[kind]
    last = list(png.chunks(file))[-1]
    # The last bytes of packed pixels are a checksum and the end of the last block: without them, all pixels are there.
    cut = file[: data.draw(st.integers(34, last.stop - 12))]
    assert not is_accepted(cut)


@pytest.mark.parametrize("kind", ["avif", "heic", "avif animated"])
@pytest.mark.parametrize(
    "tail",
    [b"\0", bytes(4), bytes(64), b"\r\n", b"SEFH" + b"\x6a\0\0\0" * 5 + b"SEFT", b"A" * 600],
    ids=["a zero", "4 zeros", "64 zeros", "a line end", "the trailer of a phone", "text"],
)
def test_avif_and_heic_may_have_something_after_their_boxes(kind: str, tail: bytes) -> None:
    data = files()[kind]
    assert print_of(data + tail) == print_of(data)
    render(data + tail, gate.sniff(data), [(30, 20)])


@pytest.mark.parametrize("kind", ["avif", "heic"])
@pytest.mark.parametrize("lost", [1, 20, 300])
def test_a_truncated_avif_or_heic_is_damaged(kind: str, lost: int) -> None:
    assert not is_accepted(files()[kind][:-lost])


def gif_frame(left: int, top: int, width: int, height: int, colour: int) -> bytes:
    """A frame of one of four colours, which stays. Its pixels are packed without compression."""
    codes = [code for _ in range(width * height) for code in (4, colour)] + [5]
    bits = "".join(format(each, "03b")[::-1] for each in codes)
    raw = bytes(int(bits[place : place + 8][::-1], 2) for place in range(0, len(bits), 8))
    blocks = b"".join(bytes((len(raw[at : at + 255]),)) + raw[at : at + 255] for at in range(0, len(raw), 255))
    control = b"\x21\xf9\4\4\x0a\0\0\0"
    return control + b"\x2c" + struct.pack("<HHHHB", left, top, width, height, 0) + b"\2" + blocks + b"\0"


def gif_of(*frames: bytes, loops: int | None = None) -> bytes:
    """A GIF of 40 × 30 pixels with the colours blue, red, green and white."""  # noqa: RUF002
    colours = bytes((0, 0, 255, 255, 0, 0, 0, 255, 0, 255, 255, 255))
    head = b"GIF89a" + struct.pack("<HHBBB", 40, 30, 0x91, 3, 0) + colours
    loop = b"" if loops is None else b"\x21\xff\x0bNETSCAPE2.0\3\1" + struct.pack("<H", loops) + b"\0"
    return head + loop + b"".join(frames) + b";"


WHOLE = gif_frame(0, 0, 40, 30, 1)


def shown(data: bytes) -> list[Image.Image]:
    header = gate.check(data, HTTP_LIMITS)
    return [image.convert("RGBA") for image, _ in pixels.frames(data, header)]


def test_a_gif_without_its_trailer_or_with_zeros_between_blocks_is_the_same_image() -> None:
    data = gif_of(WHOLE, gif_frame(3, 3, 5, 5, 2))
    assert print_of(data[:-1]) == print_of(data)
    assert print_of(gif_of(WHOLE, b"\0\0\0", gif_frame(3, 3, 5, 5, 2), b"\0")) == print_of(data)
    assert not is_accepted(data[:-30]), "within a frame"


def test_a_frame_beyond_the_screen_is_cut() -> None:
    outside = gif_of(WHOLE, gif_frame(30, 20, 20, 20, 2))
    header = gate.check(outside, HTTP_LIMITS)
    assert (header.width, header.height, header.frames) == (40, 30, 2)
    first, second = shown(outside)
    assert first.size == second.size == (40, 30)
    assert second.getpixel((39, 29)) == (0, 255, 0, 255)
    assert second.getpixel((29, 19)) == (255, 0, 0, 255)
    assert print_of(outside) == print_of(gif_of(WHOLE, gif_frame(30, 20, 10, 10, 2)))


def test_a_first_frame_smaller_than_its_screen_leaves_the_rest_transparent() -> None:
    data = gif_of(gif_frame(10, 10, 20, 10, 1))
    (image,) = shown(data)
    assert image.getpixel((2, 2))[3] == 0  # type: ignore[index]
    assert image.getpixel((12, 12)) == (255, 0, 0, 255)
    first, second = shown(gif_of(gif_frame(10, 10, 20, 10, 1), gif_frame(0, 0, 5, 5, 2)))
    assert first.tobytes() == image.tobytes()
    assert second.getpixel((2, 2)) == (0, 255, 0, 255)
    assert second.getpixel((8, 8))[3] == 0  # type: ignore[index]


def test_how_often_an_animation_is_shown_counts() -> None:
    frames = (WHOLE, gif_frame(0, 0, 9, 9, 2))
    prints = [print_of(gif_of(*frames, loops=each)) for each in (None, 0, 1, 2)]
    assert len(set(prints)) == 4
    assert print_of(gif_of(WHOLE, loops=0)) == print_of(gif_of(WHOLE)), "a still has no loops"


@pytest.mark.parametrize("plays", [0, 1, 3])
def test_the_same_loops_in_another_format_are_the_same_image(plays: int) -> None:
    frames = [photos.photo(40, 30, seed).quantize(64).convert("RGB") for seed in range(2)]
    png_file = photos.animated("PNG", frames, loop=plays)
    assert gate.check(png_file, HTTP_LIMITS).plays == plays
    assert print_of(photos.animated("WEBP", frames, lossless=True, loop=plays)) == print_of(png_file)


@pytest.mark.parametrize(("repetitions", "plays"), [(None, 1), (0, 0), (1, 2), (7, 8)])
def test_gif_counts_repetitions(repetitions: int | None, plays: int) -> None:
    assert gate.check(gif_of(WHOLE, WHOLE, loops=repetitions), HTTP_LIMITS).plays == plays


def test_the_colour_of_a_transparent_pixel_does_not_count() -> None:
    def with_pixel(*pixel: int) -> bytes:
        image = Image.new("RGBA", (4, 4), (1, 2, 3, 255))
        image.putpixel((1, 1), pixel)
        return photos.png(image)

    assert print_of(with_pixel(9, 9, 9, 0)) == print_of(with_pixel(200, 0, 7, 0))
    assert print_of(with_pixel(9, 9, 9, 1)) != print_of(with_pixel(200, 0, 7, 1))
