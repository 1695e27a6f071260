"""How samples are to be read as colours: which statements count, and which of them are sRGB."""

import struct
import tracemalloc
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from functions.domain.limits import HTTP_LIMITS
from functions.imaging import gate
from functions.imaging.colours import cicp as code_points
from functions.imaging.colours import icc as profiles
from functions.imaging.colours.convert import to_srgb
from functions.imaging.colours.hdr import tone_mapped
from functions.imaging.colours.publish import public
from functions.imaging.colours.space import (
    SRGB_CHROMATICITIES,
    SRGB_CURVE,
    Curve,
    HighDynamicRange,
    Space,
    encoded,
    is_srgb,
)
from functions.imaging.colours.statement import Colours
from functions.imaging.fingerprint import fingerprint
from functions.imaging.renditions import render
from functions.imaging.strip import strip
from tests import photos
from tests.imaging.colour_files import P3, SRGB, chart, cicp, gamma, grey_png, icc, opened, png_with, squares


def print_of(data: bytes) -> str:
    return fingerprint(data, gate.check(data, HTTP_LIMITS))


def small_srgb_profile() -> bytes:
    """SRGB as a table of 42 points, as small profiles have it."""
    table = [round(65535 * SRGB_CURVE(number / 41)) for number in range(42)]
    curve = b"curv" + bytes(4) + struct.pack(">I42H", 42, *table)
    profile = profiles.parse(photos.srgb_profile())
    assert profile is not None
    return profiles.written(
        photos.srgb_profile()[:128], profile.tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    )


PLAIN = {
    "no statement": (),
    "a profile": (icc(photos.srgb_profile()),),
    "a small profile": (icc(small_srgb_profile()),),
    "the chunk sRGB": ((b"sRGB", b"\0"),),
    "the chunk sRGB with another gamma": ((b"sRGB", b"\0"), gamma(100_000)),
    "gamma": (gamma(45_455),),
    "gamma and chromaticities": (gamma(45_455), (b"cHRM", SRGB)),
    "chromaticities alone, which browsers ignore": ((b"cHRM", P3),),
    "code points": (cicp(1, 13),),
    "code points of a matrix, which browsers ignore": (cicp(12, 13, 1),),
    "unspecified code points": (cicp(2, 2),),
    "a profile for grey, which does not apply": (icc(photos.srgb_profile().replace(b"RGB XYZ", b"GRAYXYZ", 1)),),
    "a broken profile": (icc(b"broken"),),
    "gamma 0": (gamma(0),),
}
OTHERS = {
    "a profile": (icc(photos.p3_profile()),),
    "gamma 1": (gamma(100_000),),
    "gamma of old Macs": (gamma(55_556),),
    "chromaticities": (gamma(45_455), (b"cHRM", P3)),
    "Display P3": (cicp(12, 13),),
    "BT.2020": (cicp(9, 13),),
    "BT.709": (cicp(1, 1),),
    "PQ": (cicp(9, 16),),
    "HLG": (cicp(9, 18),),
}


@pytest.mark.parametrize("name", PLAIN)
def test_every_statement_of_srgb_is_the_same_image(name: str) -> None:
    assert print_of(png_with(*PLAIN[name])) == print_of(photos.png(chart()))


def test_every_other_statement_is_another_image() -> None:
    prints = {name: print_of(png_with(*chunks)) for name, chunks in OTHERS.items()}
    prints["sRGB"] = print_of(photos.png(chart()))
    for one, other in combinations(prints, 2):
        assert prints[one] != prints[other], (one, other)


def test_code_points_come_before_a_profile_and_a_profile_before_gamma() -> None:
    assert print_of(png_with(cicp(12, 13), icc(photos.p3_profile()))) == print_of(png_with(cicp(12, 13)))
    assert print_of(png_with(icc(photos.p3_profile()), gamma(100_000))) == print_of(png_with(icc(photos.p3_profile())))


def test_the_texts_of_a_profile_do_not_count() -> None:
    assert print_of(png_with(icc(photos.p3_profile("a name")))) == print_of(png_with(icc(photos.p3_profile("another"))))


@pytest.mark.parametrize("save", [photos.jpeg, photos.webp, photos.avif])
def test_the_same_pixels_with_another_profile_are_another_image(save: photos.Saver) -> None:
    image = photos.photo(40, 30)
    assert print_of(save(image, icc_profile=photos.p3_profile())) != print_of(save(image))
    assert print_of(save(image, icc_profile=photos.srgb_profile())) == print_of(save(image))


def test_cmyk_with_a_profile_is_another_image() -> None:
    cmyk = chart().convert("CMYK")
    tables = {b"A2B0": b"mft1" + bytes(60)}
    profile = profiles.written(struct.pack(">8xI4s4s4s12x4s", 0x0200_0000, b"prtr", b"CMYK", b"Lab ", b"acsp"), tables)
    assert print_of(photos.jpeg(cmyk, icc_profile=profile)) != print_of(photos.jpeg(cmyk))
    assert print_of(photos.jpeg(cmyk, icc_profile=photos.p3_profile())) == print_of(photos.jpeg(cmyk))


def test_grey_with_the_primaries_of_another_space_and_the_curve_of_srgb_is_the_same_image() -> None:
    """Grey has the same look in every space with the same curve and the same white."""
    grey = chart().convert("L")
    assert print_of(png_with(cicp(12, 13), image=grey)) == print_of(photos.png(grey))
    assert print_of(png_with(icc(photos.p3_profile()), image=grey)) != print_of(photos.png(grey)), "its gamma is 2.2"


def test_a_profile_that_this_service_makes_is_read_as_its_space() -> None:
    for space in (code_points.of_png(1, 13, 0, 1), code_points.of_png(12, 13, 0, 1), code_points.of_png(9, 16, 0, 1)):
        assert space is not None
        data = profiles.profile_of(space)
        profile = profiles.parse(data)
        assert profile is not None
        assert profile.is_srgb(grey=False) == is_srgb(space, grey=False) == (space.name == "cicp 1 13")
        assert ImageCms.getOpenProfile(BytesIO(data)).profile.xcolor_space.strip() == "RGB", (
            "as another library sees it"
        )


@given(st.integers(1, 32_000), st.lists(st.integers(1, 99_000), min_size=8, max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_gamma_and_chromaticities_are_converted_or_ignored(value: int, points: Sequence[int]) -> None:
    data = png_with(gamma(value), (b"cHRM", struct.pack(">8I", *points)))
    print_of(data)
    assert len(render(data, gate.sniff(data), [(17, 1)]).items) == 1


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_profile_or_none(junk: bytes) -> None:
    damaged = photos.p3_profile()[:128] + junk
    for data in (junk, damaged):
        colours = Colours(data)
        assert colours.identity("RGB") == Colours(public(data)).identity("RGB")
        to_srgb(Image.new("RGB", (2, 2)), colours)


def test_a_public_profile_has_the_same_colours_and_no_private_text() -> None:
    serial = "SERIAL-0815"
    profile = profiles.parse(photos.p3_profile(serial))
    assert profile is not None
    device = b"desc" + bytes(4) + struct.pack(">I", 12) + serial.encode() + bytes(80)
    tags = {
        b"desc": device,
        b"mmod": b"mmod" + bytes(4) + serial.encode(),
        b"cprt": b"text" + bytes(4) + serial.encode(),
    }
    head = bytearray(photos.p3_profile()[:128])
    head[24:36], head[48:56], head[80:84] = b"\7" * 12, b"MAKEMODL", b"CREA"
    data = profiles.written(bytes(head), tags | profile.tags)
    stripped = public(data)
    assert serial.encode() in data
    for private in (serial.encode(), serial.encode("utf-16-be"), b"mmod", b"MAKE", b"MODL", b"CREA", b"\7\7"):
        assert private not in stripped
    assert public(stripped) == stripped
    assert profiles.parse(stripped) == profile
    image = photos.photo(40, 30)
    converted = [to_srgb(image, Colours(each)).tobytes() for each in (data, stripped)]
    assert converted[0] == converted[1] != image.tobytes()


def test_a_well_known_profile_keeps_its_name() -> None:
    name = ImageCms.getProfileDescription(ImageCms.getOpenProfile(BytesIO(public(photos.p3_profile("Display P3")))))
    assert name.strip() == "Display P3"


@pytest.mark.parametrize("curve", HighDynamicRange)
def test_no_highlight_is_cut_off(curve: HighDynamicRange) -> None:
    light = [tone_mapped(curve, number / 1023) for number in range(1024)]
    assert light[0] == 0
    assert light[-1] == pytest.approx(1)
    assert all(low < high for low, high in pairwise(light[8:])), "each step is brighter"


def test_reference_white_is_half_of_the_light_of_white() -> None:
    """203 cd/m² are 58 % of PQ and 75 % of HLG (ITU-R BT.2408, table 1)."""
    assert tone_mapped(HighDynamicRange.PQ, 0.5807) == pytest.approx(0.5, abs=0.002)
    assert tone_mapped(HighDynamicRange.HLG, 0.75) == pytest.approx(0.5, abs=0.002)


def test_the_curve_of_srgb_and_its_inverse_agree() -> None:
    assert [round(255 * encoded(SRGB_CURVE(level / 255))) for level in range(256)] == list(range(256))


@pytest.mark.parametrize("exponent", [1.8, 2.2, 2.4])
def test_a_plain_gamma_is_not_srgb(exponent: float) -> None:
    space = Space("test", SRGB_CHROMATICITIES, Curve(exponent))
    assert not is_srgb(space, grey=False)
    assert is_srgb(space._replace(curve=SRGB_CURVE), grey=False)


TRANSPARENT = [(depth, key) for depth in (1, 2, 4, 8, 16) for key in (0, (2**depth - 1) * 9 // 15 or 1)]


@pytest.mark.parametrize(("depth", "key"), TRANSPARENT)
def test_a_transparent_grey_counts_and_is_transparent_in_the_thumbnail(depth: int, key: int) -> None:
    samples = [key] * 32 + [2**depth - 1 - key if key == 0 else 0] * 32
    keyed, plain = (grey_png(samples, depth, *chunks) for chunks in ([(b"tRNS", struct.pack(">H", key))], []))
    assert print_of(keyed) != print_of(plain)
    assert alphas(keyed) == [0, 255]
    assert alphas(plain) == [255, 255]


@pytest.mark.parametrize("depth", [2, 4, 8, 16])
def test_a_transparent_grey_that_no_pixel_has_changes_nothing(depth: int) -> None:
    samples = [0] * 32 + [2**depth - 1] * 32
    keyed = grey_png(samples, depth, (b"tRNS", struct.pack(">H", 1)))
    assert print_of(keyed) == print_of(grey_png(samples, depth))
    assert alphas(keyed) == [255, 255]


def alphas(data: bytes) -> list[int]:
    """How opaque the thumbnail is on the left and on the right."""
    thumbnail = opened(render(data, gate.sniff(data), [(64, 16)]).items[0][1]).convert("RGBA").getchannel("A")
    return [thumbnail.getpixel((x, 8)) for x in (8, 56)]  # type: ignore[misc]


def test_code_points_of_a_tone_curve_keep_grey_neutral() -> None:
    data = png_with(cicp(9, 16))
    grey = squares(opened(render(data, gate.sniff(data), [(136, 8)]).items[0][1]))[:13]
    assert all(max(each) - min(each) <= 3 for each in grey)


@pytest.mark.parametrize("exponent", [2.4, 1.0])
def test_a_curve_of_negative_numbers_is_read(exponent: float) -> None:
    values = [round(each * 65536) for each in (exponent, 0.9, -0.5, 0.1, -1.0)]
    curve = b"para" + bytes(4) + struct.pack(">HH5i", 3, 0, *values)
    profile = profiles.parse(photos.p3_profile())
    assert profile is not None
    tags = profile.tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    data = png_with(icc(profiles.written(photos.p3_profile()[:128], tags)))
    assert print_of(data) != print_of(photos.png(chart()))
    render(data, gate.sniff(data), [(17, 1)])


def spanning(tags: int, size: int) -> bytes:
    """A profile whose tags overlap."""
    head = struct.pack(">I", size) + photos.p3_profile()[4:128]
    names = (bytes((65 + number // 26, 65 + number % 26, 65, 65)) for number in range(tags))
    table = b"".join(struct.pack(">4sII", name, 2_000 + number, size - 4_000) for number, name in enumerate(names))
    return (head + struct.pack(">I", tags) + table).ljust(size, b"\0")


@pytest.mark.parametrize("size", [1_000_000, 14_000_000])
def test_a_hostile_profile_takes_little_memory(size: int) -> None:
    data = photos.webp(chart(), lossless=True, icc_profile=spanning(98, size))
    tracemalloc.start()
    try:
        assert print_of(data) == print_of(photos.png(chart())), "the profile is ignored"
        assert tracemalloc.get_traced_memory()[1] < 4 * len(data) + 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "change",
    [
        lambda profile: (len(profile) + 1).to_bytes(4) + profile[4:],
        lambda profile: bytes(4) + profile[4:],
        lambda profile: profile[:8] + b"\5" + profile[9:],
    ],
    ids=["too long", "no length", "a newer version"],
)
def test_a_profile_that_browsers_ignore_does_not_count(change: Callable[[bytes], bytes]) -> None:
    assert print_of(png_with(icc(change(photos.p3_profile())))) == print_of(photos.png(chart()))


@pytest.mark.parametrize(
    "chunk", [icc(photos.p3_profile()), gamma(100_000), cicp(12, 13)], ids=["iCCP", "gAMA", "cICP"]
)
def test_a_chunk_with_a_wrong_checksum_does_not_count_and_is_not_served(chunk: tuple[bytes, bytes]) -> None:
    data = png_with(chunk)
    place = data.index(b"PLTE" if b"PLTE" in data else b"IDAT") - 8
    broken = data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]
    assert print_of(broken) == print_of(photos.png(chart()))
    assert chunk[0] not in strip(broken, gate.sniff(broken))


def test_code_points_in_a_profile_come_before_its_other_tags() -> None:
    profile = profiles.parse(photos.p3_profile())
    assert profile is not None
    tags = profile.tags | {b"cicp": b"cicp" + bytes(4) + bytes((9, 16, 0, 1))}
    data = png_with(icc(profiles.written(photos.p3_profile()[:128], tags)))
    assert print_of(data) == print_of(png_with(cicp(9, 16)))


def test_a_profile_of_webp_without_its_flag_is_ignored_and_not_served() -> None:
    data = bytearray(photos.webp(chart(), lossless=True, icc_profile=photos.p3_profile()))
    data[20] &= ~0x20
    assert print_of(bytes(data)) == print_of(photos.png(chart()))
    assert b"ICCP" not in strip(bytes(data), gate.sniff(bytes(data)))


@pytest.mark.parametrize("where", ["after the pixels", "with a prefix"])
def test_an_orientation_that_browsers_ignore_turns_nothing(where: str) -> None:
    plain, block = photos.png(chart()), photos.exif_bytes(orientation=6)
    chunk = photos.png_chunk(b"eXIf", block if where == "with a prefix" else block.removeprefix(b"Exif\0\0"))
    place = 33 if where == "with a prefix" else len(plain) - 12
    assert gate.check(plain[:place] + chunk + plain[place:], HTTP_LIMITS).orientation == 1


def test_a_profile_that_a_jpeg_has_twice_counts_once() -> None:
    data = photos.jpeg(chart(), icc_profile=photos.p3_profile())
    place = data.index(b"\xff\xe2")
    segment = data[place : place + 2 + int.from_bytes(data[place + 2 : place + 4])]
    assert print_of(data[:place] + segment + data[place:]) == print_of(data)
