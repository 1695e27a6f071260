"""What a duplicate's description adds to a stored one, within every bound, and what is reported."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from functions.domain.description_parser import parse_description
from functions.domain.fields import Tags, Texts
from functions.domain.filling import Words, compare, fill
from functions.domain.limits import MAX_METADATA
from functions.domain.metadata import Provenance, to_metadata
from functions.domain.model import DESCRIPTION, Description, Facts
from functions.domain.wall_time import WallTime
from tests.builders import NOON, NOON_ON_CAMERA, entry

FACTS = entry().facts
TEXT = st.text('ab"\\é€', min_size=1, max_size=12)
TAG = st.text('ab"\\é€', min_size=1, max_size=2) | st.sampled_from(['"' * 60, "é" * 30, "\\" * 64])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "caption": TEXT | st.just("€" * 666),
        "album": TEXT | st.just("a" * 255),
        "filename": st.just("a.jpg") | st.just("f" * 255),
        "taken_at": st.just("2024-06-01T12:00:00.123456Z"),
        "tags": st.lists(TAG, max_size=20),
        "mood": TEXT | st.just("y" * 1_200),
        "place": TEXT | st.just("é" * 30),
    },
)


DESCRIPTIONS = FIELDS.map(parse_description)


def effect(before: Description, sent: Description, facts: Facts = FACTS) -> tuple[Description, Words]:
    after = fill(before, sent, facts)
    return after, compare(before, after, sent, facts)


@given(DESCRIPTIONS, DESCRIPTIONS, DESCRIPTIONS)
def test_nothing_is_overwritten_lost_in_silence_or_too_long(
    before: Description, sent: Description, another: Description
) -> None:
    after, words = effect(before, sent)
    for field in DESCRIPTION:
        old, new, given_ = (getattr(each, field.name) for each in (before, after, sent))
        if isinstance(field.kind, Tags):
            assert new[: len(old)] == old
            assert (field.name in words.kept) != (set(given_) <= set(new))
        elif isinstance(field.kind, Texts):
            assert old.items() <= new.items()
            assert (field.name in words.kept) != (given_.items() <= new.items())
        else:
            assert new == (old or given_)
            assert (field.name in words.kept) is bool(given_ and str(given_) != str(new))
        assert (field.name in words.filled) is (new != old)
    assert effect(after, sent) == (after, replace(words, filled=()))
    check_bounds(fill(after, another, FACTS))


def check_bounds(description: Description) -> None:
    fields = {each.name: each.kind.to_json(getattr(description, each.name)) for each in DESCRIPTION}
    assert parse_description({**{k: v for k, v in fields.items() if k != "extra"}, **description.extra}) == description
    metadata = to_metadata(Provenance("u" * 255, NOON, "0" * 24, "0" * 64, "0" * 128), description)
    assert sum(len(text.encode()) for each in metadata.items() for text in each) <= MAX_METADATA - 256


def test_tags_that_have_no_room_are_named_and_the_others_are_added() -> None:
    before = Description(tags=tuple(f"{number}" for number in range(31)))
    after, words = effect(before, Description(tags=("0", "new", "late")))
    assert after.tags == (*before.tags, "new")
    assert words == Words(filled=("tags",), kept=("tags",))


def test_a_description_beyond_the_bounds_that_another_program_wrote_only_keeps_its_tags() -> None:
    before = Description(tags=tuple(f"{number}" for number in range(100)))
    assert effect(before, Description(tags=("new",), caption="c")) == (
        replace(before, caption="c"),
        Words(filled=("caption",), kept=("tags",)),
    )


def test_other_fields_are_united_by_name() -> None:
    before = Description(extra={"mood": "sunny", "a": "x" * 1_000})
    after, words = effect(before, Description(extra={"mood": "sad", "lens": "50 mm", "b": "y" * 1_000}))
    assert after.extra == {**before.extra, "lens": "50 mm"}
    assert words == Words(filled=("extra",), kept=("extra",))


def test_the_time_of_the_camera_is_a_value() -> None:
    sent = Description(taken_at=NOON_ON_CAMERA)
    assert effect(Description(), sent) == (sent, Words(filled=("taken_at",)))
    dated = replace(FACTS, taken_at=WallTime(NOON_ON_CAMERA.clock.replace(year=2020), NOON_ON_CAMERA.offset))
    assert effect(Description(), sent, dated) == (Description(), Words(kept=("taken_at",)))
    assert effect(Description(), sent, replace(FACTS, taken_at=NOON_ON_CAMERA)) == (Description(), Words())
    shown = replace(NOON_ON_CAMERA, clock=NOON_ON_CAMERA.clock.replace(microsecond=0))
    assert effect(sent, Description(taken_at=shown)) == (sent, Words())
