"""What text from outside can contain, and how long it can be."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.text import (
    byte_length,
    composed,
    has_control_characters,
    is_longer,
    nested_length,
    trimmed,
    without_control_characters,
)

NEEDED = "\u00ad\u200c\u200d\u200e\u200f"
LINES = "\t\n\r"

texts = st.text(st.characters() | st.sampled_from("\n\u0301\u202e\u2066\u2067\u2068\u2069"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def test_the_forbidden_characters_are_those_of_these_categories_and_the_overrides() -> None:
    """The database of Unicode confirms the list."""
    categories = {"Cc", "Cs", "Zl", "Zp"}
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    control = {
        each
        for each in map(chr, range(0x110000))
        if unicodedata.category(each) in categories or unicodedata.bidirectional(each) in directions
    }
    assert all(map(has_control_characters, control))
    assert {each for each in control if not has_control_characters(each, multiline=True)} == set(LINES)
    assert not has_control_characters("".join(set(map(chr, range(0x110000))) - control))
    assert not has_control_characters(NEEDED)


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("a \u2067עברית\u2069 b", False),  # noqa: RUF001 - Hebrew
        ("\u2066a\u2068b\u2069\u2069", False),
        ("\u2067a", True),
        ("a\u2069", True),
        ("\u2069\u2067", True),
        ("\u2067a\nb\u2069", True),  # an isolate ends with its line
    ],
)
def test_an_isolate_must_end_in_its_line(text: str, *, forbidden: bool) -> None:
    assert has_control_characters(text, multiline=True) is forbidden


@given(st.text(st.sampled_from(" \t\n\u00a0\u3000\x0b\x1c\x85\u2028ab"), max_size=12))
def test_trimming_takes_white_space_and_no_control_characters_away(text: str) -> None:
    assert trimmed(text) == text.strip(" \t\n\u00a0\u3000")


@given(texts, st.sampled_from(["", " ", "\N{REPLACEMENT CHARACTER}"]))
def test_a_cleaned_text_has_no_control_characters_and_a_clean_one_is_unchanged(text: str, replacement: str) -> None:
    clean = without_control_characters(text, replacement)
    assert not has_control_characters(clean)
    assert has_control_characters(text) or clean == text


@given(texts, st.integers(0, 60))
def test_a_composed_text_is_within_the_bound_exactly_if_its_form_nfc_is(text: str, bound: int) -> None:
    nfc = unicodedata.normalize("NFC", text)
    assert is_longer(composed(text, bound), bound) == (byte_length(nfc) > bound)
    if byte_length(nfc) <= bound:
        assert composed(text, bound) == nfc


def test_no_character_shrinks_more_than_the_bound_allows() -> None:
    for each in map(chr, range(0x110000)):
        nfc = unicodedata.normalize("NFC", each)
        if nfc != each or not unicodedata.is_normalized("NFD", each):
            longest = max(byte_length(each), byte_length(unicodedata.normalize("NFD", each)))
            assert longest <= 3 * byte_length(nfc)


@given(st.dictionaries(st.text(), json_values, max_size=4), st.integers(0, 100))
def test_a_value_whose_counted_length_exceeds_a_bound_exceeds_it_as_json_too(
    value: dict[str, object], bound: int
) -> None:
    if nested_length(value, bound) > bound:
        assert len(json.dumps(value)) > bound


def test_a_long_value_is_counted_only_up_to_the_bound() -> None:
    assert nested_length({"a": [0] * 1_000_000}, 100) > 100
    assert nested_length([10**4_000], 100) > 100
