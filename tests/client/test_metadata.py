"""The metadata blocks of files that other programs wrote, or as Pillow reads them."""

import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, IptcImagePlugin, PngImagePlugin

from image_repo.sync.texts.exif import ExifText, read_exif_text
from image_repo.sync.texts.iptc import read_iptc_text
from image_repo.sync.texts.metadata import Metadata, read_metadata
from tests.client.metadata import exif_of, with_iptc, with_xmp
from tests.photos import jpeg, photo, png

PLAIN = jpeg(photo(32, 24))
PACKET = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\xc3\xa4</x:xmpmeta>'
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=100)


def read(data: bytes) -> Metadata:
    return read_metadata(BytesIO(data))


@given(TEXT, st.lists(TEXT.filter(bool), max_size=5))
def test_pillow_reads_the_same_iptc_record(caption: str, keywords: list[str]) -> None:
    data = with_iptc(PLAIN, caption=caption, keywords=keywords)
    with Image.open(BytesIO(data)) as image:
        theirs = IptcImagePlugin.getiptcinfo(image) or {}
    ours = read_iptc_text(read(data).photoshop)
    values = theirs.get((2, 25), [])
    assert [each.encode() for each in ours.keywords] == (values if isinstance(values, list) else [values])
    assert ours.caption.encode() == theirs.get((2, 120), b"")


@given(TEXT, TEXT, st.sampled_from([jpeg, png]))
def test_text_that_pillow_writes_into_exif_is_read(description: str, comment: str, write: object) -> None:
    assert callable(write)
    exif = exif_of(description=description.encode(), comment=comment)
    found = read_exif_text(read(write(photo(32, 24), exif=exif)).exif)
    assert found == ExifText(description.encode(), comment)


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_is_read_in_both_byte_orders(order: str) -> None:
    head = {"<": b"II*\0", ">": b"MM\0*"}[order]
    entries = struct.pack(f"{order}HHII", 0x010E, 2, 6, 38) + struct.pack(f"{order}HHI4s", 0x9C9C, 1, 4, b"a\0b\0")
    block = head + struct.pack(f"{order}IH", 8, 2) + entries + bytes(4) + b"sunny\0"
    assert read_exif_text(block) == ExifText(b"sunny", "ab")


@pytest.mark.parametrize("compressed", [False, True])
def test_xmp_is_read_from_a_png_that_pillow_writes(compressed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Comment", "another text")
    info.add_itxt("XML:com.adobe.xmp", PACKET.decode(), lang="de", tkey="XMP", zip=compressed)
    assert read(png(photo(32, 24), pnginfo=info)).xmp == PACKET


def test_metadata_after_the_pixels_of_a_png_is_read() -> None:
    whole = png(photo(32, 24), exif=exif_of(description=b"late"))
    at = whole.index(b"eXIf") - 4
    (length,) = struct.unpack_from(">I", whole, at)
    chunk = whole[at : at + 12 + length]
    end = len(whole) - 12
    moved = whole[:at] + whole[at + len(chunk) : end] + chunk + whole[end:]
    assert read_exif_text(read(moved).exif).description == b"late"


def test_a_record_may_continue_in_a_second_segment_after_fill_bytes() -> None:
    data = with_iptc(PLAIN, caption="x" * 3_000)
    (length,) = struct.unpack_from(">H", data, 4)
    content = data[6 + 14 : 4 + length]
    parts = [b"Photoshop 3.0\0" + each for each in (content[:1_000], content[1_000:])]
    segments = b"".join(b"\xff\xff\xff\xed" + struct.pack(">H", len(each) + 2) + each for each in parts)
    split = data[:2] + segments + data[4 + length :]
    assert read_iptc_text(read(split).photoshop).caption == "x" * 3_000


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_have_metadata_or_none(data: bytes, head: bytes) -> None:
    found = read(head + data)
    read_iptc_text(found.photoshop)
    read_exif_text(found.exif)


@given(st.binary(max_size=100))
def test_any_block_has_text_or_none(data: bytes) -> None:
    for head in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        read_exif_text(head + data)
    for head in (b"", b"8BIM\x04\x04\0\0\0\0\0\x40\x1c\x02"):
        read_iptc_text(head + data)


def test_the_first_block_of_a_kind_counts() -> None:
    data = with_xmp(with_xmp(PLAIN, "second"), "first")
    assert b"first" in read(data).xmp
