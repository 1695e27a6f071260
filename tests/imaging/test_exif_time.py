"""The time in EXIF: the clock that the camera showed, and its offset, from whatever the file has."""

import json
import re
import shutil
import subprocess
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from functions.domain.wall_time import WallTime
from functions.imaging import exif
from tests.photos import jpeg, photo

Photo, Gps = ExifTags.Base, ExifTags.GPS
ORIGINAL, DIGITIZED = Photo.DateTimeOriginal, Photo.DateTimeDigitized

NOON = "2024:07:01 12:00:00"


def block(
    tags: dict[int, Any] | None = None, *, changed: str | None = None, gps: dict[int, Any] | None = None
) -> bytes:
    """A TIFF block; `changed` is the time of the last change of the file, in the main directory."""
    made = Image.Exif()
    if changed is not None:
        made[Photo.DateTime] = changed
    made.get_ifd(ExifTags.IFD.Exif).update(tags or {})
    made.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    return made.tobytes()


def read(data: bytes) -> WallTime | None:
    return exif.read(exif.without_prefix(data)).taken_at


def satellites(day: str, hour: int, minute: int, second: float = 0) -> dict[int, Any]:
    """The date and time (UTC) of the satellites."""
    return {
        Gps.GPSDateStamp: day,
        Gps.GPSTimeStamp: (Fraction(hour), Fraction(minute), Fraction(second).limit_denominator(1000)),
    }


TIMES: dict[str, tuple[bytes, str | None]] = {
    "no offset": (block({ORIGINAL: NOON}), "2024-07-01T12:00:00"),
    "its own offset": (block({ORIGINAL: NOON, Photo.OffsetTimeOriginal: "+02:00"}), "2024-07-01T12:00:00+02:00"),
    "west": (block({ORIGINAL: NOON, Photo.OffsetTimeOriginal: "-05:30"}), "2024-07-01T12:00:00-05:30"),
    "the offset of the change": (block({ORIGINAL: NOON, Photo.OffsetTime: "+02:00"}), "2024-07-01T12:00:00+02:00"),
    "the offset of the digitization": (
        block({ORIGINAL: NOON, Photo.OffsetTimeDigitized: "+02:00"}),
        "2024-07-01T12:00:00+02:00",
    ),
    "the offset of an equal time": (
        block({ORIGINAL: NOON, DIGITIZED: NOON, Photo.OffsetTimeDigitized: "+02:00"}, changed=NOON),
        "2024-07-01T12:00:00+02:00",
    ),
    "a program that changed the file elsewhere": (
        block({ORIGINAL: NOON, Photo.OffsetTime: "-08:00"}, changed="2024:07:03 09:00:00"),
        "2024-07-01T12:00:00",
    ),
    "its own offset first": (
        block({ORIGINAL: NOON, Photo.OffsetTimeOriginal: "+09:00", Photo.OffsetTime: "+02:00"}, changed=NOON),
        "2024-07-01T12:00:00+09:00",
    ),
    "+0200": (block({ORIGINAL: NOON, Photo.OffsetTimeOriginal: "+0200"}), "2024-07-01T12:00:00+02:00"),
    "+2:00": (block({ORIGINAL: NOON, Photo.OffsetTimeOriginal: "+2:00"}), "2024-07-01T12:00:00+02:00"),
    "Z": (block({ORIGINAL: NOON, Photo.OffsetTimeOriginal: "Z"}), "2024-07-01T12:00:00+00:00"),
    "blank offset": (block({ORIGINAL: NOON, Photo.OffsetTimeOriginal: "   :  "}), "2024-07-01T12:00:00"),
    "impossible offset": (block({ORIGINAL: NOON, Photo.OffsetTimeOriginal: "+99:99"}), "2024-07-01T12:00:00"),
    "the offset in the time": (block({ORIGINAL: NOON + "+02:00"}), "2024-07-01T12:00:00+02:00"),
    "the offset in the time first": (
        block({ORIGINAL: NOON + "+02:00", Photo.OffsetTimeOriginal: "+01:00"}),
        "2024-07-01T12:00:00+02:00",
    ),
    "ISO 8601": (block({ORIGINAL: "2024-07-01T12:00:00Z"}), "2024-07-01T12:00:00+00:00"),
    "after noon": (block({ORIGINAL: "2024:07:01 01:30:00 PM"}), "2024-07-01T13:30:00"),
    "noon": (block({ORIGINAL: "2024:07:01 12:30:00 pm"}), "2024-07-01T12:30:00"),
    "after midnight": (block({ORIGINAL: "2024:07:01 12:30:00AM"}), "2024-07-01T00:30:00"),
    "24:00:00": (block({ORIGINAL: "2024:07:01 24:00:00"}), "2024-07-02T00:00:00"),
    "60 seconds": (block({ORIGINAL: "2024:07:01 23:59:60"}), "2024-07-01T23:59:59"),
    "spaces for zeros": (block({ORIGINAL: "2024: 7: 1 12: 0: 0"}), "2024-07-01T12:00:00"),
    "a date alone": (block({ORIGINAL: "2024:07:01"}), "2024-07-01T00:00:00"),
    "an unknown time of day": (block({ORIGINAL: "2024:07:01   :  :  "}), "2024-07-01T00:00:00"),
    "no seconds": (block({ORIGINAL: "2024:07:01 12:00"}), "2024-07-01T12:00:00"),
    "the year 9999": (
        block({ORIGINAL: "9999:12:31 23:59:59", Photo.OffsetTimeOriginal: "-05:00"}),
        "9999-12-31T23:59:59-05:00",
    ),
    "the digitization": (
        block({ORIGINAL: "0000:00:00 00:00:00", DIGITIZED: "2023:01:01 00:00:00"}),
        "2023-01-01T00:00:00",
    ),
    "the change": (block(changed="2022:03:04 05:06:07"), "2022-03-04T05:06:07"),
    "the offset of an unused time": (
        block({DIGITIZED: NOON, Photo.OffsetTimeOriginal: "+03:00"}),
        "2024-07-01T12:00:00+03:00",
    ),
    "a day that does not exist": (block({ORIGINAL: "2024:02:30 00:00:00"}), None),
    "before the first photograph": (block({ORIGINAL: "0001:01:01 00:00:00"}), None),
    "blanks": (block({ORIGINAL: "    :  :     :  :  "}), None),
    "a number": (block({ORIGINAL: 20240506}), None),
    "nothing": (block(), None),
    # The time of the satellites
    "satellites": (block({ORIGINAL: NOON}, gps=satellites("2024:07:01", 10, 0)), "2024-07-01T12:00:00+02:00"),
    "satellites behind": (
        block({ORIGINAL: NOON}, gps=satellites("2024:07:01", 9, 58, 12.5)),
        "2024-07-01T12:00:00+02:00",
    ),
    "satellites ahead": (block({ORIGINAL: NOON}, gps=satellites("2024:07:01", 10, 2)), "2024-07-01T12:00:00+02:00"),
    "another day": (
        block({ORIGINAL: "2024:07:01 01:00:00"}, gps=satellites("2024:06:30", 15, 30)),
        "2024-07-01T01:00:00+09:30",
    ),
    "another year": (
        block({ORIGINAL: "2023:12:31 19:00:00"}, gps=satellites("2024:01:01", 0, 0)),
        "2023-12-31T19:00:00-05:00",
    ),
    "Nepal": (block({ORIGINAL: NOON}, gps=satellites("2024:07:01", 6, 15)), "2024-07-01T12:00:00+05:45"),
    "Kiribati": (block({ORIGINAL: NOON}, gps=satellites("2024:06:30", 22, 0)), "2024-07-01T12:00:00+14:00"),
    "a date with hyphens": (block({ORIGINAL: NOON}, gps=satellites("2024-07-01", 10, 0)), "2024-07-01T12:00:00+02:00"),
    "an offset before satellites": (
        block({ORIGINAL: NOON, Photo.OffsetTimeOriginal: "+03:00"}, gps=satellites("2024:07:01", 10, 0)),
        "2024-07-01T12:00:00+03:00",
    ),
    "a clock that is 8 minutes wrong": (
        block({ORIGINAL: NOON}, gps=satellites("2024:07:01", 10, 8)),
        "2024-07-01T12:00:00",
    ),
    "a clock that is a quarter wrong": (
        block({ORIGINAL: NOON}, gps=satellites("2024:07:01", 9, 45)),
        "2024-07-01T12:00:00",
    ),
    "satellites of another day": (block({ORIGINAL: NOON}, gps=satellites("2024:06:30", 10, 0)), "2024-07-01T12:00:00"),
    "a date alone and satellites": (
        block({ORIGINAL: "2024:07:01"}, gps=satellites("2024:07:01", 10, 0)),
        "2024-07-01T00:00:00",
    ),
    "satellites without a date": (
        block({ORIGINAL: NOON}, gps={Gps.GPSTimeStamp: (Fraction(10), Fraction(0), Fraction(0))}),
        "2024-07-01T12:00:00",
    ),
    "satellites without a time": (block({ORIGINAL: NOON}, gps={Gps.GPSDateStamp: "2024:07:01"}), "2024-07-01T12:00:00"),
    "impossible satellites": (block({ORIGINAL: NOON}, gps=satellites("2024:07:01", 99, 0)), "2024-07-01T12:00:00"),
    "satellites alone": (block(gps=satellites("2024:07:01", 10, 0)), None),
}


@pytest.mark.parametrize("case", TIMES)
def test_the_clock_and_the_offset_are_read(case: str) -> None:
    data, expected = TIMES[case]
    found = read(data)
    assert (found and str(found)) == expected


@pytest.mark.parametrize(
    ("tags", "exact"),
    [
        ({ORIGINAL: NOON, Photo.SubsecTimeOriginal: "25"}, "2024-07-01T12:00:00.250000"),
        ({ORIGINAL: NOON, Photo.SubsecTimeOriginal: "5 "}, "2024-07-01T12:00:00.500000"),
        ({ORIGINAL: NOON, Photo.SubsecTimeOriginal: "000123456"}, "2024-07-01T12:00:00.000123"),
        ({ORIGINAL: NOON, Photo.SubsecTimeOriginal: "-5"}, "2024-07-01T12:00:00"),
        ({ORIGINAL: NOON, Photo.SubsecTimeDigitized: "25"}, "2024-07-01T12:00:00"),
        ({ORIGINAL: NOON + ".75"}, "2024-07-01T12:00:00.750000"),
        ({ORIGINAL: "2024:07:01", Photo.SubsecTimeOriginal: "25"}, "2024-07-01T00:00:00"),
    ],
)
def test_fractions_of_a_second_order_a_burst_and_are_not_shown(tags: dict[int, Any], exact: str) -> None:
    found = read(block(tags))
    assert found is not None
    assert (found.exact, str(found)) == (exact, exact[:19])


def offsets_in_use() -> set[timedelta]:
    """All offsets of the time zone database since the year 2000."""
    moments = [
        datetime.fromisoformat(f"{year}-{month:02}-01T00:00:00+00:00") for year in range(2000, 2027) for month in (1, 7)
    ]
    zones = [ZoneInfo(each) for each in available_timezones()]
    return {offset for zone in zones for each in moments if (offset := each.astimezone(zone).utcoffset()) is not None}


OFFSETS = offsets_in_use()

needs_zones = pytest.mark.skipif(not OFFSETS, reason="There is no time zone database: sudo apt install tzdata")


@needs_zones
def test_every_offset_in_use_is_found_from_the_satellites() -> None:
    """The time zone database is the witness."""
    noon = datetime.fromisoformat("2024-07-01T12:00:00")
    assert len(OFFSETS) > 35
    for offset in OFFSETS:
        utc = noon - offset
        data = block({ORIGINAL: NOON}, gps=satellites(f"{utc:%Y:%m:%d}", utc.hour, utc.minute))
        assert read(data) == WallTime(noon, offset)


@needs_zones
@given(st.integers(-180, 180), st.sampled_from(sorted(OFFSETS) or [timedelta()]))
def test_a_clock_may_differ_from_the_satellites_by_three_minutes(seconds: int, offset: timedelta) -> None:
    noon = datetime.fromisoformat("2024-07-01T12:00:00")
    utc = noon - offset + timedelta(seconds=seconds)
    data = block({ORIGINAL: NOON}, gps=satellites(f"{utc:%Y:%m:%d}", utc.hour, utc.minute, utc.second))
    assert read(data) == WallTime(noon, offset)


STANDARD = re.compile(r"(?!0000)\d{4}:\d\d:\d\d (?!24)\d\d:\d\d:(?!60)\d\d")


@pytest.fixture(scope="module")
def exiftool() -> str:
    found = shutil.which("exiftool")
    if found is None:
        pytest.skip("exiftool is not installed: sudo apt install libimage-exiftool-perl")
    return found


def seen_by_exiftool(exiftool: str, folder: Path) -> dict[str, dict[str, str]]:
    """What exiftool reads from a JPEG file with the block of each case."""
    names = {case: f"{number}.jpg" for number, case in enumerate(TIMES)}
    for case, name in names.items():
        (folder / name).write_bytes(jpeg(photo(16, 16), exif=b"Exif\0\0" + exif.without_prefix(TIMES[case][0])))
    command = [exiftool, "-j", "-DateTimeOriginal", "-SubSecDateTimeOriginal", "-GPSDateTime", *names.values()]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=60)
    return dict(zip(names, json.loads(done.stdout), strict=True))


def test_exiftool_reads_the_same_clock_and_offset(exiftool: str, tmp_path: Path) -> None:
    """It writes texts unchanged, so only those in the standard form are compared."""
    clocks, offsets = 0, 0
    for case, found in seen_by_exiftool(exiftool, tmp_path).items():
        ours = read(TIMES[case][0])
        written = found.get("DateTimeOriginal", "")
        if ours is None or not STANDARD.match(written) or written.upper().endswith("M"):  # it does not read AM and PM
            continue
        clocks += 1
        clock = datetime.strptime(found["DateTimeOriginal"][:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - a wall clock
        assert ours.clock == clock, case
        if case != "impossible offset" and "SubSecDateTimeOriginal" in found:
            offsets += 1
            assert f"{ours.clock:%Y:%m:%d %H:%M:%S}{str(ours)[19:]}" == found["SubSecDateTimeOriginal"], case
    assert (clocks, offsets) == (31, 6)


def test_exiftool_reads_the_same_time_of_the_satellites(exiftool: str, tmp_path: Path) -> None:
    compared = 0
    for case, found in seen_by_exiftool(exiftool, tmp_path).items():
        ours = read(TIMES[case][0])
        if ours is not None and ours.offset is not None and "an offset" not in case and "GPSDateTime" in found:
            compared += 1
            utc = datetime.strptime(found["GPSDateTime"][:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
            assert abs(ours.clock - ours.offset - utc) < timedelta(minutes=3), case
    assert compared == 8
