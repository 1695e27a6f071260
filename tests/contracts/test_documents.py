"""The document of an entry, which is the same in every catalog."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given

from functions.adapters.catalog_document import from_document, to_document
from functions.domain.model import Image, Rendition, Renditions, RenditionState
from functions.domain.wall_time import WallTime, parse
from tests.builders import NOON, NOON_ON_CAMERA, entry
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


def test_the_time_of_an_upload_is_in_utc() -> None:
    document = to_document(entry(uploaded_at=NOON.astimezone(timezone(timedelta(hours=9)))))
    assert str(document["uploaded_at"]) == str(NOON)


@pytest.mark.parametrize(
    ("times", "keys"),
    [
        ({}, ("", "~")),
        ({"exif_taken_at": parse("2024-06-01T12:00:00+02:00")}, ("2024-06-01T12:00:00",) * 2),
        ({"exif_taken_at": parse("2024-06-01T12:00:00.5")}, ("2024-06-01T12:00:00.500000",) * 2),
        ({"exif_taken_at": parse("2024-06-01"), "taken_at": parse("1999-01-02")}, ("1999-01-02T00:00:00",) * 2),
    ],
)
def test_a_document_has_the_clock_as_its_sort_keys(times: dict[str, WallTime], keys: tuple[str, str]) -> None:
    document = to_document(entry(**times))
    assert (document["wall_clock"], document["wall_clock_ascending"]) == keys


@pytest.mark.parametrize("as_text", [True, False], ids=["SQLite", "Firestore"])
def test_a_document_of_form_1_is_read_with_its_moments_in_utc(*, as_text: bool) -> None:
    """That form had no sort keys, and moments in place of the camera's clock."""
    image = entry(exif_taken_at=parse("2024-06-01T12:00:00.123456Z"), taken_at=parse("2024-06-01T12:00:00.123456Z"))
    older = {**to_document(image), "taken_at": NOON, "taken_at_said": NOON}
    for name in ("form", "wall_clock", "wall_clock_ascending"):
        del older[name]
    document = json.loads(json.dumps(older, default=datetime.isoformat)) if as_text else older
    found = from_document(image.id, document, None)
    assert found == replace(image, form=1)
    assert to_document(found)["form"] == 1, "only reindex, which reads the file, replaces it"


def test_the_document_has_the_fields_that_other_readers_know() -> None:
    image = entry(
        tags=("sea",),
        taken_at=NOON_ON_CAMERA,
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
        "taken_at_said": "2024-06-01T12:00:00+02:00",
        "wall_clock": "2024-06-01T12:00:00",
        "wall_clock_ascending": "2024-06-01T12:00:00",
        "exif": {},
        "placeholder": None,
        "renditions": {
            "state": "ready",
            "reason": None,
            "items": [{"name": "160", "width": 160, "height": 120, "bytes": 4000}],
        },
        "generation": 1001,
        "metageneration": 1,
        "form": 2,
        "upload_id": "upload-1",
        "extra": {},
    }
    document = to_document(image)
    assert {name: document[name] for name in known} == known
