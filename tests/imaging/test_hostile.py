"""Damaged files cause domain errors only, and a stripped file shows the same image."""

import json
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from functions.domain.errors import DamagedImage, ImageRepoError
from functions.domain.limits import HTTP_LIMITS
from functions.imaging import gate
from functions.imaging.containers import jpeg
from functions.imaging.examine import examine
from functions.imaging.renditions import render
from functions.imaging.strip import strip
from tests.imaging.cases import KINDS, files
from tests.imaging.fuzz import no_fence, with_checksums
from tests.photos import PNG_SIGNATURE, animated, photo, png, png_chunk
from tests.processes import ROOT

# Pillow warns of odd animations. `pixels` ignores that, but pytest sets the filters again for each test.
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\.")

Change = tuple[int, bytes, int]
"""A change of a file: the position (in thousandths of the file, or bytes from its start if negative), the new bytes,
and how many bytes they replace."""

CHANGES = st.lists(
    st.tuples(st.integers(-400, 1000), st.binary(max_size=4), st.integers(0, 4)),
    min_size=1,
    max_size=6,
)
HOSTILE = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def damaged(data: bytes, changes: list[Change]) -> bytes:
    for place, new, replaced in changes:
        start = -place % len(data) if place < 0 else place * len(data) // 1000
        data = data[:start] + new + data[start + replaced :] or b"\0"
    return data


def print_of(data: bytes) -> str | None:
    try:
        with no_fence():
            facts = examine(data, HTTP_LIMITS, sha256="")
    except ImageRepoError:
        return None
    json.dumps(dict(facts.exif), allow_nan=False)
    return facts.fingerprint


@pytest.mark.parametrize("kind", KINDS)
@given(changes=CHANGES)
@example(changes=[(128, bytes(4), 4)])  # truncates the EXIF data of an AVIF file
@HOSTILE
def test_only_domain_errors_escape(kind: str, changes: list[Change]) -> None:
    data = with_checksums(damaged(files()[kind], changes))
    shown = print_of(data)
    try:
        with no_fence():
            image_format = gate.sniff(data)
            render(data, image_format, [(20, 10), (40, 20)], full_size=True)
            if image_format.strippable:
                stripped = strip(data, image_format)
                assert strip(stripped, image_format) == stripped
                assert print_of(stripped) == shown
    except ImageRepoError:
        pass


def with_profile_in(pieces: int) -> bytes:
    """A JPEG whose colour profile is in so many segments of two bytes each."""
    chunks = (b"ICC_PROFILE\0" + bytes(((number + 1) % 256, pieces % 256)) + b"pr" for number in range(pieces))
    data = files()["jpeg"]
    return data[:2] + b"".join(b"\xff\xe2" + (len(each) + 2).to_bytes(2) + each for each in chunks) + data[2:]


@pytest.mark.parametrize("pieces", [1, 254, 255, 256, 257, 511, 512])
def test_a_profile_in_any_number_of_segments_is_read_or_ignored(pieces: int) -> None:
    data = with_profile_in(pieces)
    assert gate.check(data, HTTP_LIMITS).colours.icc == (b"pr" * pieces if pieces < 256 else b"")
    assert print_of(data) == print_of(files()["jpeg"])
    with no_fence():
        render(data, gate.sniff(data), [(20, 10)])
        assert gate.check(strip(data, gate.sniff(data)), HTTP_LIMITS).colours.icc == b"", "viewers ignore it"


@given(st.sampled_from(KINDS), st.binary(max_size=200), st.integers(4, 60))
@settings(max_examples=200, deadline=None)
def test_junk_after_a_signature_is_refused_or_accepted(kind: str, junk: bytes, length: int) -> None:
    print_of(files()[kind][:length] + junk)


def indexed(*chunks: bytes) -> bytes:
    """A PNG with a palette, whose other chunks are these."""
    head = struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0)
    return PNG_SIGNATURE + png_chunk(b"IHDR", head) + b"".join(chunks) + png_chunk(b"IEND", b"")


PIXELS = png_chunk(b"IDAT", zlib.compress((b"\0" + bytes(4)) * 4))
PALETTE = png_chunk(b"PLTE", b"\xff\0\0")
TRANSPARENCY = png_chunk(b"tRNS", b"\x80")


@pytest.mark.parametrize(
    "chunks",
    [
        (PIXELS,),
        (TRANSPARENCY, PIXELS),
        (PIXELS, PALETTE),
        *((png_chunk(b"PLTE", bytes(size)), TRANSPARENCY, PIXELS) for size in (0, 1, 4, 769, 771)),
    ],
)
def test_a_png_without_its_palette_is_damaged(chunks: tuple[bytes, ...]) -> None:
    """As in browsers."""
    with no_fence(), pytest.raises(DamagedImage):
        examine(indexed(*chunks), HTTP_LIMITS, sha256="")


@pytest.mark.parametrize("chunks", [(PALETTE, PIXELS), (PALETTE, TRANSPARENCY, PIXELS), (PALETTE, PALETTE, PIXELS)])
def test_a_png_with_a_palette_is_accepted(chunks: tuple[bytes, ...]) -> None:
    assert print_of(indexed(*chunks))


PLACES: dict[str, Callable[[bytes], int]] = {
    "start": lambda _: 2,
    "before the scan": lambda data: data.index(b"\xff\xda"),
    "within the scan": lambda data: len(data) - 300,
    "end": lambda data: len(data) - 2,
}


@pytest.mark.parametrize("place", PLACES)
def test_millions_of_fill_bytes_are_refused_in_little_time(place: str) -> None:
    """Pillow takes quadratic time for fill bytes after a scan."""
    data = files()["jpeg"]
    at = PLACES[place](data)
    began = time.thread_time()
    assert print_of(data[:at] + b"\xff" * 20_000_000 + data[at:]) is None
    assert time.thread_time() - began < 2


@pytest.mark.parametrize("place", [each for each in PLACES if each != "within the scan"])
def test_a_few_fill_bytes_before_a_marker_change_nothing(place: str) -> None:
    data = files()["jpeg"]
    at = PLACES[place](data)
    assert print_of(data[:at] + b"\xff" * 10 + data[at:]) == print_of(data) is not None


def test_fill_bytes_behind_the_end_are_not_read() -> None:
    data = files()["jpeg"]
    assert print_of(data + b"\xff" * 1_000_000) == print_of(data)


@pytest.mark.parametrize("filler", [b"\xff\xd0", b"\xff\0", b"\0"], ids=["restarts", "stuffing", "zeros"])
def test_a_long_scan_is_searched_in_steps(filler: bytes) -> None:
    """Other threads run between two steps, each of which takes some milliseconds."""
    data = files()["jpeg"]
    long = data[:-2] + filler * (3_000_000 // len(filler))
    found = list(jpeg.segments(long + data[-2:]))
    assert found[-1].marker == 0xD9
    assert found[-2].end == len(long)


def without_frames() -> bytes:
    """A PNG that announces an animation without frames."""
    still = png(photo(20, 10))
    first = len(PNG_SIGNATURE) + 25
    return still[:first] + png_chunk(b"acTL", struct.pack(">II", 0, 0)) + still[first:]


def test_the_warnings_of_the_decoder_do_not_reach_the_log() -> None:
    code = (
        "import sys; from functions.domain.limits import HTTP_LIMITS; from functions.imaging.examine import examine; "
        "examine(sys.stdin.buffer.read(), HTTP_LIMITS, sha256='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=without_frames(), capture_output=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_an_animation_whose_frames_last_for_hours_has_a_full_size_rendition() -> None:
    """A frame of WebP can last 4.6 hours."""
    frames = [photo(20, 10, seed) for seed in range(3)]
    data = animated("PNG", frames, duration=65_535 * 1_000)
    render(data, gate.sniff(data), [(20, 10)], full_size=True)
