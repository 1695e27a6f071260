"""The declarations of fields agree with the model, and with each other."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from functions.adapters import catalog_document, ticket_document
from functions.domain.description_parser import parse_description
from functions.domain.fields import (
    TIME_BYTES,
    CameraTime,
    Field,
    FileName,
    Fingerprint,
    FormatName,
    JsonObject,
    Kind,
    Number,
    Shown,
    Tags,
    Text,
    Texts,
    Time,
    Url,
)
from functions.domain.formats import Format
from functions.domain.limits import MAX_METADATA
from functions.domain.metadata import Provenance
from functions.domain.model import (
    DESCRIPTION,
    ENTRY,
    WRITABLE,
    Description,
    Facts,
    Form,
    Image,
    Renditions,
    RenditionsKind,
    Thumbnails,
)
from functions.domain.wall_time import WallTime
from tests.builders import NOON, entry
from tests.contracts.test_golden import FULL, TICKET

HOLDERS: dict[str, Any] = {"": Image, "facts": Facts, "description": Description}
TYPES: dict[type[Kind], Any] = {
    Text: str,
    FileName: str,
    Fingerprint: str,
    Number: int,
    Time: datetime,
    CameraTime: WallTime,
    Form: int,
    Tags: tuple[str, ...],
    Texts: Mapping[str, str],
    JsonObject: Mapping[str, object],
    FormatName: Format,
    RenditionsKind: Renditions,
}
MADE_BY_THE_API = (Url, Thumbnails)
ATTRIBUTES = [each for each in ENTRY if not each.computed and not isinstance(each.kind, MADE_BY_THE_API)]


def path(field: Field) -> str:
    return f"{field.part}.{field.name}".lstrip(".")


by_path = pytest.mark.parametrize("field", ATTRIBUTES, ids=path)


def test_every_attribute_of_the_model_is_declared_once() -> None:
    undeclared = {"facts", "description", "version"}  # the two groups of fields, and the token of the catalog
    attributes = [
        f"{part}.{each.name}".lstrip(".")
        for part, holder in HOLDERS.items()
        for each in fields(holder)
        if part or each.name not in undeclared
    ]
    assert Counter(map(path, ATTRIBUTES)) == Counter(attributes)


@by_path
def test_a_declaration_has_the_type_of_its_attribute(field: Field) -> None:
    hint = get_type_hints(HOLDERS[field.part])[field.name]
    is_union = get_origin(hint) is UnionType
    types = set(get_args(hint)) if is_union else {hint}
    is_known_if_absent = isinstance(field.kind, Form | Fingerprint)  # form 1, and no fingerprint
    assert (NoneType in types) is (field.nullable and not is_known_if_absent)
    assert types - {NoneType} == {TYPES[type(field.kind)]}


@pytest.mark.parametrize("field", [each for each in ENTRY if each.computed], ids=path)
def test_a_computed_field_is_a_property(field: Field) -> None:
    assert isinstance(getattr(HOLDERS[field.part], field.name), property)


def test_no_two_fields_have_the_same_name_in_one_form() -> None:
    for names in (
        [each.stored for each in ENTRY if each.stored],
        [each.name for each in ENTRY if each.shown is not Shown.NEVER and each.shown is not Shown.BY_INSPECT],
        [each.name for each in DESCRIPTION] + [each.name for each in fields(Provenance)],
    ):
        assert len(names) == len(set(names))


def test_the_largest_metadata_fit_into_an_object() -> None:
    """They fit with 255 bytes for the name of the uploader's key, and 256 bytes for metadata of other tools."""
    provenance = {"uploader": 255, "uploaded_at": TIME_BYTES, "upload_id": 24, "sha256": 64, "fingerprint": 128}
    assert list(provenance) == [each.name for each in fields(Provenance)]
    bounds = provenance | {each.name: each.kind.max_bytes or MAX_METADATA for each in DESCRIPTION}
    assert sum(len(name) + size for name, size in bounds.items()) <= MAX_METADATA - 256


@pytest.mark.parametrize("field", ENTRY, ids=path)
def test_every_declaration_has_an_explanation(field: Field) -> None:
    assert field.about[0].isupper()
    assert field.about.endswith(".")
    assert json.loads(json.dumps(field.example)) == field.example


def test_fields_that_everyone_sees_have_no_private_members() -> None:
    private = {each.name: each.shown for each in ENTRY if isinstance(each.kind, JsonObject) and each.kind.private}
    assert private == {"exif": Shown.IN_DETAILS}  # a response that needs a key


@pytest.mark.parametrize("field", WRITABLE.values(), ids=path)
def test_the_example_of_a_field_is_valid_in_a_request(field: Field) -> None:
    description = parse_description({field.name: field.example})
    assert field.kind.to_json(getattr(description, field.name)) == field.example


@pytest.mark.parametrize("field", [each for each in DESCRIPTION if each.nullable], ids=path)
def test_an_entry_from_before_a_field_was_added_can_be_read(field: Field) -> None:
    document = catalog_document.to_document(FULL)
    del document[str(field.stored)]
    description = catalog_document.from_document(FULL.id, document, 1).description
    ticket = ticket_document.to_document(TICKET)
    del ticket[field.name]
    for found in (description, ticket_document.from_document("t", ticket).description):
        assert {each.name: getattr(found, each.name) for each in DESCRIPTION} == {
            **{each.name: getattr(FULL.description, each.name) for each in DESCRIPTION},
            field.name: None,
        }


@pytest.mark.parametrize("field", [each for each in ENTRY if each.stored and not each.nullable], ids=path)
def test_an_entry_without_a_field_of_all_releases_is_damaged(field: Field) -> None:
    document = catalog_document.to_document(entry())
    del document[str(field.stored)]
    if field.computed:
        assert catalog_document.from_document(entry().id, document, None) == entry()
    else:
        with pytest.raises(KeyError, match=str(field.stored)):
            catalog_document.from_document(entry().id, document, None)


def test_a_time_is_read_in_both_forms_of_a_store() -> None:
    assert Time().from_document(NOON) == Time().from_document(NOON.isoformat()) == NOON
    assert NOON.tzinfo is UTC
