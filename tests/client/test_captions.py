"""Captions and keywords in all places where programs write them, and in damaged files."""

import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from image_repo.limits import MAX_CAPTION, MAX_TAG, MAX_TAGS
from image_repo.sync.captions import EmbeddedText, read_embedded_text
from tests.client.metadata import exif_entry, exif_of, sidecar, with_iptc, with_xmp, with_xmp_of
from tests.photos import avif, gif, heic, jpeg, photo, png, webp

PLAIN = jpeg(photo(32, 24))
DESCRIBED = with_xmp(
    with_iptc(jpeg(photo(32, 24), exif=exif_of(description=b"exif")), caption="iptc", keywords=["a", "b"]), "xmp"
)


def read(tmp_path: Path, data: bytes) -> EmbeddedText:
    path = tmp_path / "file"
    path.write_bytes(data)
    return read_embedded_text(path)


@pytest.mark.parametrize(
    ("data", "caption"),
    [
        (jpeg(photo(32, 24), exif=exif_of(description=b"By the sea")), "By the sea"),
        (jpeg(photo(32, 24), exif=exif_of(description="Ελλάδα".encode())), "Ελλάδα"),
        (jpeg(photo(32, 24), exif=exif_of(description=b"caf\xe9")), "café"),
        (jpeg(photo(32, 24), exif=exif_of(comment="Grüße \U0001f3d6")), "Grüße \U0001f3d6"),
        (png(photo(32, 24), exif=exif_of(description=b"in a PNG")), "in a PNG"),
        (with_iptc(PLAIN, caption="Ελλάδα"), "Ελλάδα"),
        (with_iptc(PLAIN, caption="café", charset="latin-1"), "café"),
        (with_xmp(PLAIN, "Tom &amp; Jerry &lt;3"), "Tom & Jerry <3"),
        (DESCRIBED, "xmp"),
    ],
)
def test_a_caption_is_found_in_each_place_where_programs_write_it(tmp_path: Path, data: bytes, caption: str) -> None:
    assert read(tmp_path, data).caption == caption


@pytest.mark.parametrize(
    "noise", [b"OLYMPUS DIGITAL CAMERA         ", b"SONY DSC", b"DCIM\\100MEDIA", b"   ", b"default"]
)
def test_text_that_a_camera_writes_into_every_photo_is_not_a_caption(tmp_path: Path, noise: bytes) -> None:
    data = jpeg(photo(32, 24), exif=exif_of(description=noise, comment="By a person"))
    assert read(tmp_path, data).caption == ("DCIM\\100MEDIA" if b"100" in noise else "By a person")


@pytest.mark.parametrize(
    "description",
    [
        "<dc:description/>",
        "<dc:description></dc:description>",
        '<dc:description><rdf:Alt><rdf:li xml:lang="x-default"/></rdf:Alt></dc:description>',
        '<dc:description><rdf:Alt><rdf:li xml:lang="x-default"></rdf:li></rdf:Alt></dc:description>',
        "<dc:description>not in the form of XMP</dc:description>",
    ],
)
def test_the_keywords_and_the_author_after_an_empty_description_are_not_a_caption(
    tmp_path: Path, description: str
) -> None:
    others = "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Bob</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>"
    others += "<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li></rdf:Seq></dc:creator>"
    others += "<dc:subject><rdf:Bag>\n<rdf:li>beach</rdf:li></rdf:Bag></dc:subject>"
    assert read(tmp_path, with_xmp_of(PLAIN, description + others)) == EmbeddedText(keywords=("beach",))


def test_keywords_are_changed_to_valid_tags(tmp_path: Path) -> None:
    keywords = ["sea", "sun, sand", "sea", "ä" * 100, *map(str, range(50))]
    found = read(tmp_path, with_iptc(PLAIN, keywords=keywords)).keywords
    assert found[:3] == ("sea", "sun sand", "ä" * (MAX_TAG // 2))
    assert len(found) == MAX_TAGS


def test_a_long_caption_is_cut_between_two_characters(tmp_path: Path) -> None:
    caption = read(tmp_path, with_iptc(PLAIN, caption="δλ\x00λ" * 2_000)).caption
    assert caption is not None
    assert len(caption.encode()) == MAX_CAPTION
    assert set(caption) == {"δ", "λ"}


@pytest.mark.parametrize(
    "data", [b"", b"text", PLAIN, *(save(photo(32, 24)) for save in (webp, avif, heic)), gif([photo(32, 24)])]
)
def test_a_file_without_metadata_has_no_text(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data) == EmbeddedText()


def test_a_file_that_does_not_exist_has_no_text(tmp_path: Path) -> None:
    assert read_embedded_text(tmp_path / "gone") == EmbeddedText()


DESCRIPTION, COMMENT = 0x010E, 0x9C9C
BYTE, SHORT, LONG, RATIONAL = 1, 3, 4, 5


@pytest.mark.parametrize(
    ("exif", "caption"),
    [
        (exif_entry(COMMENT, BYTE, 12, "By sea".encode("utf-16-le")), "By sea"),
        (exif_entry(COMMENT, SHORT, 4, struct.pack("<4H", *"By".encode("utf-16-le"))), "By"),
        (exif_entry(COMMENT, SHORT, 4, struct.pack("<4H", *[5_000] * 4)), None),
        (exif_entry(COMMENT, RATIONAL, 1, struct.pack("<2I", 7, 1)), None),
        (exif_entry(DESCRIPTION, LONG, 1, struct.pack("<I", 2024)), None),
        (exif_entry(DESCRIPTION, SHORT, 4, struct.pack("<4H", *b"text")), None),
    ],
)
def test_only_a_tag_that_holds_text_is_a_caption(tmp_path: Path, exif: bytes, caption: str | None) -> None:
    assert read(tmp_path, jpeg(photo(32, 24), exif=exif)).caption == caption


def test_a_huge_number_instead_of_a_comment_takes_no_memory(tmp_path: Path) -> None:
    data = jpeg(photo(32, 24), exif=exif_entry(COMMENT, LONG, 1, struct.pack("<I", 100_000_000)))
    tracemalloc.start()
    try:
        assert read(tmp_path, data) == EmbeddedText()
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_damage_in_one_block_does_not_affect_the_others(tmp_path: Path) -> None:
    numbers = exif_entry(COMMENT, SHORT, 4, struct.pack("<4H", *[5_000] * 4))
    data = with_iptc(jpeg(photo(32, 24), exif=numbers), caption="iptc", keywords=["sea"])
    endless = "&#" + "9" * 5_000 + ";"
    assert read(tmp_path, with_xmp(data, endless)) == EmbeddedText("iptc", ("sea",))


@given(
    st.lists(st.tuples(st.integers(0, 1_500), st.binary(min_size=1, max_size=6)), min_size=1, max_size=6),
    st.integers(1, 3_000),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_metadata_never_raises(tmp_path: Path, changes: list[tuple[int, bytes]], length: int) -> None:
    data = bytearray(DESCRIBED)
    for at, new in changes:
        data[at : at + len(new)] = new
    assert isinstance(read(tmp_path, bytes(data[:length])), EmbeddedText)


def test_a_person_can_write_the_word_that_cameras_write(tmp_path: Path) -> None:
    assert read(tmp_path, with_xmp(PLAIN, "Default")).caption == "Default"
    assert read(tmp_path, with_xmp(PLAIN, "OLYMPUS DIGITAL CAMERA")).caption is None


def test_a_sidecar_that_cannot_be_read_leaves_the_words_of_the_photo(tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.jpg"
    path.write_bytes(DESCRIBED)
    (tmp_path / "IMG_1.jpg.xmp").mkdir()
    assert read_embedded_text(path) == EmbeddedText("xmp", ("a", "b"))


@pytest.mark.parametrize("name", ["IMG_1.jpg.xmp", "IMG_1.xmp", "IMG_1.XMP"])
def test_a_sidecar_comes_before_the_photo(tmp_path: Path, name: str) -> None:
    path = tmp_path / "IMG_1.jpg"
    path.write_bytes(DESCRIBED)
    (tmp_path / name).write_bytes(sidecar("beside", "c"))
    assert read_embedded_text(path) == EmbeddedText("beside", ("c",))


def test_the_sidecar_of_this_very_file_comes_before_that_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "IMG_1.jpg"
    path.write_bytes(PLAIN)
    (tmp_path / "IMG_1.xmp").write_bytes(sidecar("of the raw file"))
    (tmp_path / "IMG_1.jpg.xmp").write_bytes(sidecar("of the photo"))
    assert read_embedded_text(path).caption == "of the photo"
