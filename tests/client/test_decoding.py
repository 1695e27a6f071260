"""JSON objects as dataclasses."""

import json
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_repo import Image, Page, Stats, Ticket
from image_repo.decoding import DecodeError, Model, decode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child(Model):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent(Model):
    count: int
    when: datetime | None = None
    children: tuple[Child, ...] = ()
    by_name: Mapping[str, Child] = field(default_factory=dict)
    anything: Any = None


def test_members_have_their_declared_types() -> None:
    document = {
        "count": 2,
        "when": "2024-05-01T12:30:00Z",
        "children": [{"name": "a"}],
        "by_name": {"b": {"name": "b"}},
        "anything": [1],
    }
    parent = decode(Parent, document)
    assert parent == Parent(
        count=2,
        when=datetime(2024, 5, 1, 12, 30, tzinfo=UTC),
        children=(Child(name="a"),),
        by_name={"b": Child(name="b")},
        anything=[1],
    )


def test_members_with_a_default_may_be_missing_or_null_if_declared_so() -> None:
    assert decode(Parent, {"count": 0, "when": None}) == Parent(count=0)


def test_unknown_members_are_kept_at_every_level() -> None:
    parent = decode(Parent, {"count": 1, "new": {"a": 1}, "children": [{"name": "a", "age": 7}]})
    assert parent.extra_members == {"new": {"a": 1}}
    assert parent.children[0].extra_members == {"age": 7}
    assert parent.raw["children"][0]["age"] == 7


def test_results_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        decode(Child, {"name": "a"}).name = "b"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "the document must be an object"),
        ({}, "count is missing"),
        ({"count": True}, "count has the wrong type"),
        ({"count": "1"}, "count has the wrong type"),
        ({"count": 1, "when": "yesterday"}, "when is not an ISO 8601 time"),
        ({"count": 1, "children": {}}, "children has the wrong type"),
        ({"count": 1, "children": [{"name": "a"}, 7]}, r"children\[1\] must be an object"),
        ({"count": 1, "children": [{}]}, r"children\[0\]\.name is missing"),
        ({"count": 1, "by_name": {"x": {"name": None}}}, r"by_name\.x\.name has the wrong type"),
    ],
)
def test_the_first_wrong_member_is_named(document: object, message: str) -> None:
    with pytest.raises(DecodeError, match=f"^{message}$"):
        decode(Parent, document)


@given(JSON, st.sampled_from([Image, Page, Stats, Ticket]))
def test_any_json_is_an_object_or_an_error(document: object, model: type[Model]) -> None:
    try:
        found = decode(model, document)
    except DecodeError:
        return
    assert json.dumps(found.raw) == json.dumps(document)
