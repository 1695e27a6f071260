"""The time when a photo was taken: what the camera's clock showed, with its offset from UTC if that is known.

All ways in use this definition: EXIF, uploads, changes, tickets and drops. It accepts what cameras and programs write:
`2024:07:01 12:00:00`, `2024-07-01T12:00+2:00`, `2024: 7: 1  9: 0: 0`, `2024-07-01`.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Self

EARLIEST_OFFSET: Final = timedelta(hours=-12)
LATEST_OFFSET: Final = timedelta(hours=14)

AFTER_ALL: Final = "~"
"""Sorts after the text of every time."""

_NUMBER: Final = " ?[0-9]{1,2}"
"""Two digits. Some cameras write a space for a leading zero, and some programs nothing."""
_OFFSET: Final = rf"(?P<zone>[Zz]|(?P<sign>[+-])(?P<hours>{_NUMBER}):?(?P<minutes>[0-9]{{2}})?(?![0-9]))"
_ONLY_OFFSET: Final = re.compile(rf" *{_OFFSET} *")
_TIME: Final = re.compile(
    rf"(?P<year>[0-9]{{4}})[-:/.](?P<month>{_NUMBER})[-:/.](?P<day>{_NUMBER})"
    rf"(?P<clock>[Tt ] ?(?P<hour>{_NUMBER})[:.](?P<minute>{_NUMBER})"
    rf"(?:[:.](?P<second>{_NUMBER})(?:[.,](?P<fraction>[0-9]+))?)?)?"
    rf"(?: ?{_OFFSET})?"
)
_HALF_OF_DAY: Final = re.compile(r" ?([AaPp])[Mm]\b")
_UNKNOWN: Final = re.compile(r"[T :]*")
"""The place of a time of day that the camera did not know. EXIF fills it with spaces."""


@dataclass(frozen=True, slots=True)
class WallTime:
    """A time on the camera's clock. Its text is `YYYY-MM-DDThh:mm:ss`, followed by `+hh:mm` or `-hh:mm`.

    Attributes:
        clock: what the clock showed; naive. The microseconds are not in the text: they only order a burst of photos.
        offset: of the clock from UTC, in whole minutes from -12:00 to +14:00; None if it is not known.
    """

    clock: datetime
    offset: timedelta | None = None

    def __str__(self) -> str:
        return self.clock.isoformat(timespec="seconds") + self._zone()

    @property
    def exact(self) -> str:
        """The text with microseconds, if there are any."""
        return self.clock.isoformat() + self._zone()

    @property
    def sort_key(self) -> str:
        """A text that sorts, by code points, as the clock does."""
        return self.clock.isoformat()

    @property
    def to_the_second(self) -> Self:
        """The same time without microseconds."""
        return type(self)(self.clock.replace(microsecond=0), self.offset)

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The wall time of a moment, whose offset is known if it is aware."""
        return cls(moment.replace(tzinfo=None), moment.utcoffset())

    def _zone(self) -> str:
        if self.offset is None:
            return ""
        hours, minutes = divmod(abs(self.offset) // timedelta(minutes=1), 60)
        return f"{'-' if self.offset < timedelta() else '+'}{hours:02}:{minutes:02}"


def parse(text: str) -> WallTime:
    """The time that the whole text gives; spaces at its ends do not count.

    >>> str(parse("2024:07:01 12:00+2:00"))
    '2024-07-01T12:00:00+02:00'
    >>> str(parse("2024-07-01"))
    '2024-07-01T00:00:00'

    Raises:
        ValueError: the text is not a time, or the date, the time or the offset does not exist.
    """
    match = _TIME.fullmatch(text.strip(" "))
    if match is None:
        raise ValueError("the text is not a time")
    return WallTime(_clock(match), _offset(match) if match["zone"] else None)


def parse_camera_time(text: str) -> tuple[WallTime, bool] | None:
    """The time at the beginning of a text that a camera wrote, and whether it has a time of day; None if there is none.

    Other text than AM or PM after the time is ignored. An offset that does not exist is ignored too.
    """
    match = _TIME.match(text.lstrip(" "))
    if match is None or not (match["clock"] or match["zone"] or _UNKNOWN.fullmatch(match.string, match.end())):
        return None
    try:
        clock = _clock(match)
    except ValueError:
        return None
    half = _HALF_OF_DAY.match(match.string, match.end())
    if half and match["clock"] and clock.hour <= 12:  # noqa: PLR2004
        clock = clock.replace(hour=clock.hour % 12 + 12 * (half[1] in "Pp"))
    return WallTime(clock, _known_offset(match)), match["clock"] is not None


def parse_offset(text: str) -> timedelta | None:
    """The offset from UTC that a camera wrote: `+02:00`, `+2:00`, `+0200`, `+02` or `Z`; None if it is not one."""
    match = _ONLY_OFFSET.fullmatch(text)
    return _known_offset(match) if match else None


def is_possible_offset(offset: timedelta) -> bool:
    """Whether a clock can have that offset from UTC."""
    return EARLIEST_OFFSET <= offset <= LATEST_OFFSET


def ascending(sort_key: str) -> str:
    """The key for an ascending order: that of an image without a time, which is empty, sorts after all others."""
    return sort_key or AFTER_ALL


def _clock(match: re.Match[str]) -> datetime:
    """The date and time of day; midnight if there is no time of day.

    24:00:00 is the end of the day, so the beginning of the next one. A leap second, 60, is read as 59, so that the
    photo stays in its minute and on its day.
    """
    day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if (hour, minute, second) == (24, 0, 0):
        return _next(day)
    microsecond = int((match["fraction"] or "")[:6].ljust(6, "0"))
    return datetime.combine(day, time(hour, minute, 59 if second == 60 else second, microsecond))  # noqa: PLR2004


def _next(day: date) -> datetime:
    try:
        return datetime.combine(day + timedelta(days=1), time())
    except OverflowError as error:
        raise ValueError("there is no day after the last one") from error


def _offset(match: re.Match[str]) -> timedelta:
    if match["sign"] is None:
        return timedelta()
    hours, minutes = int(match["hours"]), int(match["minutes"] or 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if match["sign"] == "-" else 1)
    if minutes > 59 or not is_possible_offset(offset):  # noqa: PLR2004
        raise ValueError("the offset does not exist")
    return offset


def _known_offset(match: re.Match[str]) -> timedelta | None:
    try:
        return _offset(match) if match["zone"] else None
    except ValueError:
        return None
