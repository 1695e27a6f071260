"""A valid description is the same after each conversion. A value beyond a bound is refused with its name and bound."""

import json
import re
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters import catalog_document, ticket_document
from functions.domain.description_parser import parse_description, patch_description
from functions.domain.drops import describe
from functions.domain.errors import InvalidField, InvalidFilename, InvalidRequest
from functions.domain.fields import CameraTime, Field, FileName, Kind, Tags, Text, Texts
from functions.domain.limits import MAX_METADATA
from functions.domain.metadata import Provenance, description_of, to_metadata
from functions.domain.model import DESCRIPTION, WRITABLE, Description, Image
from functions.domain.ports import Object
from functions.domain.tickets import Ticket
from functions.web.image_json import Urls, image_object
from tests.builders import NOON, entry
from tests.contracts.strategies import wall_times

PROVENANCE = Provenance("alice", NOON, "0" * 24, "0" * 64, "0" * 128)
FORBIDDEN = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

by_name = pytest.mark.parametrize("field", WRITABLE.values(), ids=lambda field: field.name)


def fitting(texts: st.SearchStrategy[str], max_bytes: int) -> st.SearchStrategy[str]:
    """Texts in their stored form: trimmed, composed, not empty and within the bound, in bytes."""
    trimmed = texts.map(lambda text: normalize("NFC", text.strip()).strip())
    return trimmed.filter(lambda text: 0 < len(text.encode()) <= max_bytes)


def letters(allowed: str = "", forbidden: str = "") -> st.SearchStrategy[str]:
    characters = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=FORBIDDEN + forbidden)
    return st.text(characters | st.sampled_from(allowed) if allowed else characters, max_size=40)


def values(field: Field) -> st.SearchStrategy[Any]:
    """Any value of a field of the description."""
    match field.kind:
        case FileName(max_bytes=int(bound)):
            return st.none() | fitting(letters(forbidden="/\\"), bound).filter(lambda name: name != "..")
        case Text(max_bytes=int(bound), multiline=multiline):
            return st.none() | fitting(letters("\n\t" if multiline else ""), bound)
        case Tags(max_bytes_each=bound, max_items=most):
            return st.lists(fitting(letters(forbidden=","), bound), max_size=min(most, 12), unique=True).map(tuple)
        case CameraTime():
            return st.none() | wall_times.map(lambda time: time.to_the_second)
        case Texts():
            names = letters().filter(lambda name: name not in WRITABLE)
            return st.dictionaries(names, letters("\n"), max_size=3)
        case kind:
            raise TypeError(f"Add a strategy for {kind}.")


descriptions = st.builds(Description, **{each.name: values(each) for each in DESCRIPTION})


def sent(description: Description) -> dict[str, Any]:
    """The JSON object that a client sends to set this description."""
    declared = {name: each.kind.to_json(getattr(description, name)) for name, each in WRITABLE.items()}
    request: dict[str, Any] = json.loads(json.dumps({**declared, **description.extra}))
    return request


def image_with(description: Description) -> Image:
    return entry(**{each.name: getattr(description, each.name) for each in DESCRIPTION})


@given(descriptions)
def test_a_description_is_the_same_after_json(description: Description) -> None:
    assert parse_description(sent(description)) == description


@given(descriptions)
def test_a_description_is_the_same_after_a_form(description: Description) -> None:
    form = {name: value for name, value in sent(description).items() if value is not None}
    form["tags"] = ",".join(description.tags)
    assert parse_description(form) == description


@given(descriptions)
def test_a_description_is_the_same_after_the_metadata_of_its_object(description: Description) -> None:
    metadata = to_metadata(PROVENANCE, description)
    assert description_of(Object("a.jpg", 1, 1, 1, "image/jpeg", NOON, metadata)) == description
    assert sum(len(text.encode()) for each in metadata.items() for text in each) <= MAX_METADATA - 256


@given(descriptions)
def test_a_description_is_the_same_after_the_documents(description: Description) -> None:
    image = image_with(description)
    document = catalog_document.to_document(image)
    assert catalog_document.from_document(image.id, document, None) == image
    ticket = Ticket("t" * 32, "alice", "image/jpeg", 1, description, NOON)
    plain = json.loads(json.dumps(ticket_document.to_document(ticket)))
    assert ticket_document.from_document(ticket.id, plain) == ticket


@given(descriptions)
def test_the_fields_of_a_response_can_be_sent_again(description: Description) -> None:
    answer = json.loads(json.dumps(image_object(image_with(description), Urls("https://a", "https://b"))))
    members = {name: answer[name] for name in WRITABLE}
    assert parse_description({**members, **answer.get("extra", {})}) == description


@given(descriptions)
def test_the_metadata_of_a_drop_set_its_description(description: Description) -> None:
    form = {**sent(description), "tags": ",".join(description.tags)}
    metadata = {name.upper(): form[name] for name in WRITABLE if form[name] is not None}
    found = describe(Object("", 1, 1, 1, "image/jpeg", NOON, metadata))
    assert found == patch_description({name: form[name] for name in WRITABLE}, Description())


@given(descriptions, descriptions, st.sets(st.sampled_from(sorted(WRITABLE))))
def test_a_patch_changes_only_the_fields_that_it_names(
    before: Description, after: Description, names: set[str]
) -> None:
    changed = patch_description({name: sent(after)[name] for name in names}, before)
    for each in DESCRIPTION:
        assert getattr(changed, each.name) == getattr(after if each.name in names else before, each.name)


@by_name
def test_null_removes_a_value(field: Field) -> None:
    before = parse_description({each.name: each.example for each in WRITABLE.values()})
    removed = patch_description({field.name: None}, before)
    assert getattr(before, field.name)
    assert getattr(removed, field.name) == getattr(Description(), field.name)


def test_the_message_about_an_unknown_field_names_the_existing_ones() -> None:
    for name in ("colour", "extra", "c" * 1_000):
        with pytest.raises(InvalidField) as refused:
            patch_description({name: "x"}, Description())
        assert refused.value.detail == f"`{name[:64]}` is not a field. Use {', '.join(WRITABLE)}."
        assert refused.value.context == {"field": name[:64]}


def bounds(kind: Kind) -> dict[str, tuple[Any, Any]]:
    """The bounds of a kind as messages write them, each with the largest valid value and a value beyond the bound."""
    match kind:
        case Text(max_bytes=int(bound)):
            return {f"{bound:,}": ("é" * (bound // 2), "é" * (bound // 2) + "xx")}
        case Tags(max_items=most, max_bytes_each=each, max_bytes=bound):
            tags = [f"{number:02}" for number in range(most + 1)]
            quotes = [f"{number:02}" + '"' * (each - 2) for number in range(most)]
            few = next(n for n in range(most, 0, -1) if len(json.dumps(quotes[:n])) <= bound)
            return {
                f"{most}": (tags[:-1], tags),
                f"{each}": (["x" * each], ["x" * (each + 1)]),
                f"{bound:,}": (quotes[:few], quotes[: few + 1]),
            }
        case CameraTime():
            return {"2024-05-01T12:30:00": ("2024-05-01T12:30:00", "yesterday")}
        case _:
            raise TypeError(f"Add the bounds of {kind}.")


BOUNDS = {
    f"{each.name} {bound}": (each.name, bound, *pair)
    for each in WRITABLE.values()
    for bound, pair in bounds(each.kind).items()
}


@pytest.mark.parametrize("case", BOUNDS)
def test_a_value_up_to_the_bound_is_accepted_and_a_larger_one_refused_by_name(case: str) -> None:
    name, bound, most, too_much = BOUNDS[case]
    assert getattr(parse_description({name: most}), name)
    for parse in (parse_description, lambda values: patch_description(values, Description())):
        with pytest.raises((InvalidField, InvalidFilename)) as refused:
            parse({name: too_much})
        assert f"`{name}`" in refused.value.detail
        assert re.search(rf"(?<![\d,]){re.escape(bound)}(?![\d,])", refused.value.detail)


def test_all_fields_without_a_declaration_have_one_common_bound() -> None:
    (bound,) = (each.kind.max_bytes for each in DESCRIPTION if isinstance(each.kind, Texts))
    assert bound
    room = bound - len(json.dumps(["more", ""]))
    assert parse_description({"more": "x" * room}).extra == {"more": "x" * room}
    with pytest.raises(InvalidField, match=r"\(`extra`\) have 1,501 bytes as JSON\. Send at most 1,500\."):
        parse_description({"more": "x" * (room + 1)})


@pytest.mark.parametrize("value", [5, True, {"a": "b"}, ["one", "two"], [["nested"]], [5]], ids=str)
@by_name
def test_a_value_of_the_wrong_type_is_refused_by_name(field: Field, value: object) -> None:
    if isinstance(field.kind, Tags) and value == ["one", "two"]:
        assert parse_description({field.name: value}).tags == ("one", "two")
        return
    with pytest.raises(InvalidRequest) as refused:
        parse_description({field.name: value})
    assert f"`{field.name}`" in refused.value.detail


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(WRITABLE)) | st.text(max_size=8), any_json, max_size=6))
def test_any_request_gives_a_description_within_the_bounds_or_is_refused(body: dict[str, Any]) -> None:
    try:
        description = parse_description(body)
    except InvalidRequest:
        return
    metadata = to_metadata(PROVENANCE, description)
    assert sum(len(text.encode()) for each in metadata.items() for text in each) <= MAX_METADATA - 256
    assert description_of(Object("a.jpg", 1, 1, 1, "image/jpeg", NOON, metadata)) == description
