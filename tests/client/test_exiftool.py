"""Captions and keywords that ExifTool wrote, in each format and place."""

from pathlib import Path

import pytest

from image_repo.sync.captions import EmbeddedText, read_embedded_text
from tests.exiftool import exiftool, in_xmp
from tests.photos import avif, heic, jpeg, photo, png, webp

CAPTION = 'Tom & "Jerry" <3 — Ελλάδα \U0001f3d6'
KEYWORDS = ("sea", "Übersee", "rock & roll")
FILES = {"jpg": jpeg, "png": png, "webp": webp, "avif": avif, "heic": heic}


@pytest.fixture(params=FILES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A photo in each format."""
    path = tmp_path / f"IMG_1.{request.param}"
    path.write_bytes(FILES[request.param](photo(48, 32)))
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "IMG_1.jpg"
    path.write_bytes(jpeg(photo(48, 32)))
    return path


def test_xmp_in_each_format(path: Path) -> None:
    exiftool(*in_xmp(CAPTION, KEYWORDS), path)
    assert read_embedded_text(path) == EmbeddedText(CAPTION, KEYWORDS)


def test_exif_in_each_format(path: Path) -> None:
    exiftool("-IFD0:ImageDescription=Zürich", path)
    assert read_embedded_text(path) == EmbeddedText("Zürich")


def test_the_default_language_comes_before_others(path: Path) -> None:
    exiftool("-XMP-dc:Description-de=Deutsch", "-XMP-dc:Description-fr=Français", path)
    assert read_embedded_text(path).caption in {"Deutsch", "Français"}
    exiftool("-XMP-dc:Description=For all", path)
    assert read_embedded_text(path).caption == "For all"


@pytest.mark.parametrize("compact", ["", "NoIndent,NoNewline", "Shorthand", "OneDesc,NoPadding", "AllSpace"])
def test_each_form_of_a_packet(picture: Path, compact: str) -> None:
    exiftool("-api", f"Compact={compact}", *in_xmp(CAPTION, KEYWORDS), "-XMP-xmp:Rating=5", picture)
    assert read_embedded_text(picture) == EmbeddedText(CAPTION, KEYWORDS)


@pytest.mark.parametrize("charset", ["cp1252", "UTF8"])
def test_iptc_in_two_encodings(picture: Path, charset: str) -> None:
    declared = ["-IPTC:CodedCharacterSet=UTF8"] if charset == "UTF8" else []
    iptc = ["-IPTC:Caption-Abstract=“Zürich” — 5 €", "-IPTC:Keywords=Café", "-IPTC:Keywords=€"]
    exiftool("-charset", f"iptc={charset}", *declared, *iptc, picture)
    assert ("“Zürich” — 5 €".encode(charset) in picture.read_bytes()) is True
    assert read_embedded_text(picture) == EmbeddedText("“Zürich” — 5 €", ("Café", "€"))


@pytest.mark.parametrize("name", ["IMG_1.jpg.xmp", "IMG_1.xmp"])
def test_a_sidecar_comes_before_the_photo(picture: Path, name: str) -> None:
    exiftool(*in_xmp("in the photo", ("photo",)), picture)
    assert read_embedded_text(picture) == EmbeddedText("in the photo", ("photo",))
    exiftool(*in_xmp("beside it", KEYWORDS), picture.with_name(name))
    assert read_embedded_text(picture) == EmbeddedText("beside it", KEYWORDS)


def test_a_sidecar_without_words_leaves_those_of_the_photo(picture: Path) -> None:
    exiftool(*in_xmp("in the photo", KEYWORDS), picture)
    exiftool("-XMP-xmp:Rating=3", picture.with_name("IMG_1.jpg.xmp"))
    assert read_embedded_text(picture) == EmbeddedText("in the photo", KEYWORDS)
