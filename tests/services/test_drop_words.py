"""The captions and keywords in the files of drops, as ExifTool writes them."""

from pathlib import Path

import pytest

from functions.imaging.words import read_words
from tests.exiftool import exiftool, in_xmp
from tests.harness import ALICE, Service
from tests.photos import avif, heic, jpeg, photo, png, webp

CAPTION = 'Tom & "Jerry"\n€ Ελλάδα \U0001f3d6'
KEYWORDS = ("sea", "Übersee", "rock & roll")
FILES = {"jpg": jpeg, "png": png, "webp": webp, "avif": avif, "heic": heic}


def written(tmp_path: Path, *arguments: str, kind: str = "jpg") -> bytes:
    """A photo with metadata by ExifTool."""
    path = tmp_path / f"photo.{kind}"
    path.write_bytes(FILES[kind](photo(48, 32)))
    exiftool(*arguments, path)
    return path.read_bytes()


@pytest.mark.parametrize("kind", FILES)
def test_the_words_in_a_drop_are_stored(service: Service, tmp_path: Path, kind: str) -> None:
    service.drop(f"Trip/photo.{kind}", written(tmp_path, *in_xmp(CAPTION, KEYWORDS), kind=kind))
    service.deliver()
    (entry,) = service.entries().values()
    found = entry.description
    assert (found.caption, found.tags, found.album) == (CAPTION, KEYWORDS, "Trip")
    service.check_agreement()


def test_the_metadata_of_a_drop_have_priority_even_if_they_are_empty(service: Service, tmp_path: Path) -> None:
    data = written(tmp_path, *in_xmp("in the file", ("file",)))
    service.drop("photo.jpg", data, Caption="of the drop", tags="")
    service.deliver()
    (entry,) = service.entries().values()
    assert (entry.description.caption, entry.description.tags) == ("of the drop", ())


def test_the_words_in_a_second_drop_fill_what_is_empty(service: Service, tmp_path: Path) -> None:
    service.drop("photo.jpg", jpeg(photo(48, 32)), tags="stored")
    service.deliver()
    service.drop("photo.jpg", written(tmp_path, *in_xmp("in the file", ("file",))))
    service.deliver()
    (entry,) = service.entries().values()
    assert (entry.description.caption, entry.description.tags) == ("in the file", ("stored", "file"))


def test_an_upload_and_a_ticket_publish_only_what_they_send(service: Service, tmp_path: Path) -> None:
    data = written(tmp_path, *in_xmp("private", ("private",)))
    body = {"content_type": "image/jpeg", "bytes": len(data)}
    issued = service.request("POST", "/upload/tickets", key=ALICE, json=body).get_json()
    service.drop(f"tickets/{issued['ticket']}", data)
    service.deliver()
    (entry,) = service.entries().values()
    assert (entry.uploader, entry.description.caption, entry.description.tags) == ("alice", None, ())


def test_texts_beyond_the_bounds_are_cut_and_the_drop_is_stored(service: Service, tmp_path: Path) -> None:
    keywords = tuple(f"{number:02}{chr(34) * 80}" for number in range(60))
    data = written(tmp_path, *in_xmp("é€" * 1_000, keywords))
    service.drop("photo.jpg", data)
    service.deliver()
    (entry,) = service.entries().values()
    assert entry.description.caption is not None
    assert len(entry.description.caption.encode()) == 2_000
    assert len(entry.description.tags) == 19
    assert entry.description.tags[0] == "00" + '"' * 62
    service.check_agreement()


def test_control_characters_are_left_out() -> None:
    packet = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<rdf:Description><dc:description><rdf:Alt><rdf:li>a\u202e\u2066b\n\tc</rdf:li></rdf:Alt></dc:description>"
        "<dc:subject><rdf:Bag><rdf:li>d\u2028e,\tf</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF>"
    )
    words = read_words(webp(photo(20, 20), xmp=packet.encode()))
    assert (words.caption, words.tags) == ("ab\n\tc", ("d e f",))
