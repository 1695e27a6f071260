"""The time on a camera's clock: what is read, how it is written, and how it sorts."""

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.wall_time import AFTER_ALL, WallTime, ascending, parse, parse_camera_time, parse_offset
from tests.contracts.strategies import wall_times
from tests.processes import ROOT

READ = {
    "2024-07-01T12:00:00": "2024-07-01T12:00:00",
    "2024:07:01 12:00:00": "2024-07-01T12:00:00",
    "2024/07/01 12:00:00": "2024-07-01T12:00:00",
    "2024.07.01 12.00.00": "2024-07-01T12:00:00",
    "2024-07-01t12:00:00z": "2024-07-01T12:00:00+00:00",
    "2024-07-01T12:00:00Z": "2024-07-01T12:00:00+00:00",
    "2024:07:01 12:00:00+02:00": "2024-07-01T12:00:00+02:00",
    "2024:07:01 12:00:00 +02:00": "2024-07-01T12:00:00+02:00",
    "2024:07:01 12:00:00+2:00": "2024-07-01T12:00:00+02:00",
    "2024:07:01 12:00:00+ 2:00": "2024-07-01T12:00:00+02:00",
    "2024:07:01 12:00:00+0200": "2024-07-01T12:00:00+02:00",
    "2024:07:01 12:00:00+200": "2024-07-01T12:00:00+02:00",
    "2024:07:01 12:00:00+02": "2024-07-01T12:00:00+02:00",
    "2024:07:01 12:00:00-09:30": "2024-07-01T12:00:00-09:30",
    "2024:07:01 12:00:00-00:30": "2024-07-01T12:00:00-00:30",
    "2024:07:01 12:00:00+14:00": "2024-07-01T12:00:00+14:00",
    "2024:07:01 12:00:00-12:00": "2024-07-01T12:00:00-12:00",
    "2024-07-01T12:00:00.25": "2024-07-01T12:00:00",
    "2024-07-01T12:00:00,999999999+05:45": "2024-07-01T12:00:00+05:45",
    "2024:07:01 12:00": "2024-07-01T12:00:00",
    "2024-07-01T12:00+02:00": "2024-07-01T12:00:00+02:00",
    "2024: 7: 1 12: 0: 0": "2024-07-01T12:00:00",
    "2024: 7: 1  9: 5: 3": "2024-07-01T09:05:03",
    "2024:7:1 9:5:3": "2024-07-01T09:05:03",
    "2024:07:01": "2024-07-01T00:00:00",
    "2024-07-01": "2024-07-01T00:00:00",
    "2024-07-01Z": "2024-07-01T00:00:00+00:00",
    "2024:06:30 24:00:00": "2024-07-01T00:00:00",
    "2023-12-31T24:00+01:00": "2024-01-01T00:00:00+01:00",
    "2016:12:31 23:59:60": "2016-12-31T23:59:59",
    "  2024:07:01 12:00:00 ": "2024-07-01T12:00:00",
    "0001-01-01T00:00:00+14:00": "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00": "9999-12-31T23:59:59-12:00",
}

REFUSED = [
    "",
    "yesterday",
    "2024",
    "2024-07",
    "2024-13-01",
    "2024-02-30",
    "0000:00:00 00:00:00",
    "    :  :     :  :  ",
    "2024:07:01   :  :  ",
    "2024-07-01T25:00:00",
    "2024-07-01T24:00:01",
    "2024-07-01T12:60:00",
    "2024-07-01T12:00:61",
    "9999-12-31T24:00:00",
    "2024-07-01T12:00:00+14:01",
    "2024-07-01T12:00:00-12:15",
    "2024-07-01T12:00:00+99:99",
    "2024-07-01T12:00:00+02:60",
    "2024-07-01T12:00:00+02:00:30",
    "2024-07-01T12:00:00 CEST",
    "2024-07-01T12:00:00\n",
    "２０２４-07-01T12:00:00",  # noqa: RUF001 - digits of another script
    "1719828000",
]


@pytest.mark.parametrize("text", READ)
def test_a_time_is_read_in_every_form_that_cameras_and_programs_write(text: str) -> None:
    assert str(parse(text)) == READ[text]
    camera = parse_camera_time(text)
    assert camera is not None
    assert str(camera[0]) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_a_text_that_is_not_a_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


@pytest.mark.parametrize(
    ("text", "time", "has_clock"),
    [
        ("2024:07:01   :  :  ", "2024-07-01T00:00:00", False),
        ("2024:07:01", "2024-07-01T00:00:00", False),
        ("2024:07:01 12:00:  ", "2024-07-01T12:00:00", True),
        ("2024:07:01 12:00:00+99:99", "2024-07-01T12:00:00", True),
        ("2024:07:01 12:00:00 CEST", "2024-07-01T12:00:00", True),
        ("2024:07:01 12:00:00.25", "2024-07-01T12:00:00", True),
    ],
)
def test_the_beginning_of_a_text_of_a_camera_counts(text: str, time: str, *, has_clock: bool) -> None:
    found = parse_camera_time(text)
    assert found is not None
    assert (str(found[0]), found[1]) == (time, has_clock)


@pytest.mark.parametrize(
    "text", ["    :  :     :  :  ", "0000:00:00 00:00:00", "2024:07:01 25:00:00", "2024:07:01 noon", "x2024:07:01", ""]
)
def test_a_text_of_a_camera_without_a_possible_time_has_none(text: str) -> None:
    assert parse_camera_time(text) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("+02:00", 120),
        ("+2:00", 120),
        ("+0200", 120),
        ("+02", 120),
        (" -09:30 ", -570),
        ("Z", 0),
        ("-00:00", 0),
        ("+14:00", 840),
        ("+14:15", None),
        ("+99:99", None),
        ("02:00", None),
        ("   :  ", None),
        ("", None),
    ],
)
def test_an_offset_is_read_in_the_forms_of_cameras(text: str, minutes: int | None) -> None:
    assert parse_offset(text) == (None if minutes is None else timedelta(minutes=minutes))


@given(wall_times)
def test_the_text_of_a_time_is_read_as_the_same_time(time: WallTime) -> None:
    assert parse(time.exact) == time
    assert parse(str(time)) == time.to_the_second
    assert str(parse(str(time))) == str(time)


@given(st.text("0123456789 -:/.TZz+,", max_size=30) | st.sampled_from(sorted(READ)))
def test_what_was_read_once_is_read_again_as_the_same(text: str) -> None:
    try:
        once = parse(text)
    except ValueError:
        return
    assert parse(once.exact) == once
    assert parse(str(once)) == once.to_the_second


@given(st.text())
def test_any_text_of_a_camera_has_a_time_or_none(text: str) -> None:
    found = parse_camera_time(text)
    assert found is None or parse(found[0].exact) == found[0]


@given(wall_times)
def test_the_text_is_iso_8601_for_other_programs(time: WallTime) -> None:
    read = datetime.fromisoformat(str(time))
    assert (read.replace(tzinfo=None), read.utcoffset()) == (time.clock.replace(microsecond=0), time.offset)


@given(wall_times)
def test_the_text_matches_the_documented_pattern(time: WallTime) -> None:
    (pattern,) = re.findall(r"matches `(\^.+?\$)`", (ROOT / "docs/api.md").read_text())
    assert re.search(pattern, str(time))
    assert not re.search(pattern, f"{time.clock.replace(microsecond=1).isoformat()}Z")


@given(wall_times, wall_times)
def test_keys_sort_as_the_clocks_do_whatever_the_offsets_are(one: WallTime, other: WallTime) -> None:
    assert (one.sort_key < other.sort_key) == (one.clock < other.clock)
    assert (one.sort_key == other.sort_key) == (one.clock == other.clock)
    assert "" < one.sort_key < AFTER_ALL


def test_an_image_without_a_time_sorts_last_in_both_directions() -> None:
    keys = ["", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"]
    assert sorted(keys, key=ascending) == [*keys[1:], ""]
    assert sorted(keys, reverse=True) == [*keys[:0:-1], ""]
