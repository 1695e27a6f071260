"""The document of an entry, which is the same in every catalog."""

from datetime import timedelta, timezone

from hypothesis import given

from functions.adapters.catalog_document import from_document, to_document
from functions.domain.model import Image, Rendition, Renditions, RenditionState
from tests.builders import NOON, entry
from tests.contracts.strategies import images


@given(images)
def test_a_document_has_all_fields_of_its_entry(image: Image) -> None:
    assert from_document(image.id, to_document(image), image.version) == image


@given(images)
def test_an_entry_that_was_read_from_a_document_gives_the_same_document(image: Image) -> None:
    document = to_document(image)
    assert to_document(from_document(image.id, document, 1)) == document


def test_the_version_comes_from_the_store() -> None:
    assert from_document("id", to_document(entry(version=1)), 2).version == 2


def test_times_are_in_utc() -> None:
    moment = NOON.astimezone(timezone(timedelta(hours=9)))
    document = to_document(entry(uploaded_at=moment, taken_at=moment, exif_taken_at=moment))
    assert [document[name].tzinfo for name in ("uploaded_at", "taken_at", "taken_at_said")] == [NOON.tzinfo] * 3  # type: ignore[attr-defined]


def test_the_document_has_the_fields_that_other_readers_know() -> None:
    image = entry(
        tags=("sea",),
        taken_at=NOON,
        renditions=Renditions(RenditionState.READY, (Rendition("160", 160, 120, 4000),)),
    )
    known = {
        "sha256": image.facts.sha256,
        "fingerprint": image.facts.fingerprint,
        "filename": None,
        "format": "jpeg",
        "content_type": "image/jpeg",
        "bytes": 1_000_001,
        "width": 1600,
        "height": 1200,
        "frames": 1,
        "caption": None,
        "tags": ["sea"],
        "album": None,
        "uploader": "ada",
        "uploaded_at": image.uploaded_at,
        "taken_at": None,
        "taken_at_said": NOON,
        "exif": {},
        "placeholder": None,
        "renditions": {
            "state": "ready",
            "reason": None,
            "items": [{"name": "160", "width": 160, "height": 120, "bytes": 4000}],
        },
        "generation": 1001,
        "metageneration": 1,
        "upload_id": "upload-1",
        "extra": {},
    }
    document = to_document(image)
    assert {name: document[name] for name in known} == known
