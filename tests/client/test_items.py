"""Hostile item tables in AVIF and HEIC files."""

import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_repo.sync.texts.items import XMP, read_items
from image_repo.sync.texts.metadata import read_metadata
from tests.photos import avif, heic, photo

FTYP = struct.pack(">I4s4sI", 16, b"ftyp", b"avif", 0)
LIMIT = 1_000
EXIF = b"Exif\0\0II*\0" + struct.pack("<IHI", 8, 0, 0)
WITH_XMP = avif(photo(16, 16), xmp=b"<x/>", exif=EXIF)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def entry(item: int, what: bytes, content_type: bytes = b"") -> bytes:
    return box(b"infe", struct.pack(">IHH4s", 2 << 24, item, 0, what) + b"name\0" + content_type)


def heif(iinf: bytes, iloc: bytes, *others: bytes) -> bytes:
    return FTYP + box(b"meta", bytes(4) + box(b"iinf", iinf) + box(b"iloc", iloc) + b"".join(others))


def items(count: int, what: bytes = b"mime") -> bytes:
    entries = (entry(number, what, f"{XMP}\0".encode()) for number in range(1, count + 1))
    return struct.pack(">IH", 0, count) + b"".join(entries)


def located(item: int, offset: int, length: int, *, version: int = 1, method: int = 0) -> bytes:
    head = struct.pack(">IHH", version << 24, 0x4400, 1)
    return head + struct.pack(">HHHH", item, method, 0, 1) + struct.pack(">II", offset, length)


def test_an_item_can_be_in_the_box_idat() -> None:
    data = heif(items(1), located(1, 2, 4, method=1), box(b"idat", b"..<x/>..."))
    assert read_items(BytesIO(data), LIMIT) == {XMP: b"<x/>"}


def test_an_item_in_another_item_is_left_out() -> None:
    assert read_items(BytesIO(heif(items(1), located(1, 0, 4, method=2))), LIMIT) == {XMP: b""}


def test_an_item_that_is_too_long_is_left_out() -> None:
    assert read_items(BytesIO(heif(items(1), located(1, 0, LIMIT + 1))), LIMIT) == {}


def test_items_that_share_bytes_are_read_once() -> None:
    class Counting(BytesIO):
        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            return super().read(size)

    places = b"".join(struct.pack(">HHHHII", number, 0, 0, 1, 0, 900) for number in range(1, 501))
    file = Counting(heif(items(500), struct.pack(">IHH", 1 << 24, 0x4400, 500) + places))
    assert read_items(file, 1_000_000)[XMP].startswith(FTYP)
    assert file.reads < 10


def test_parts_without_bytes_are_counted() -> None:
    """Numbers of no bytes make a table of a million parts small."""
    places = struct.pack(">HHHH", 9, 0, 0, 1_000) * 1_000
    data = heif(items(1), struct.pack(">IHH", 1 << 24, 0, 1_000) + places + struct.pack(">HHHH", 1, 0, 0, 0))
    assert read_items(BytesIO(data), 1_000_000) == {}


@pytest.mark.parametrize("save", [avif, heic])
def test_the_file_of_another_program_has_both_blocks(save: object) -> None:
    assert callable(save)
    found = read_metadata(BytesIO(save(photo(16, 16), xmp=b"<x/>", exif=EXIF)))
    assert (found.xmp, found.exif[:4]) == (b"<x/>", b"II*\0")


@given(st.lists(st.tuples(st.integers(0, 600), st.binary(min_size=1, max_size=4)), max_size=4), st.integers(0, 2_000))
def test_damaged_files_have_metadata_or_none(changes: list[tuple[int, bytes]], length: int) -> None:
    data = bytearray(WITH_XMP)
    for at, new in changes:
        data[at : at + len(new)] = new
    read_metadata(BytesIO(data[:length]))
