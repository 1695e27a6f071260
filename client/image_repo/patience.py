"""How long to wait before asking again, and when to give up."""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event

from image_repo.errors import Interrupted


@dataclass(frozen=True, slots=True)
class Patience:
    """Exponential back-off with jitter. All times are seconds.

    Attributes:
        total: how long to keep trying, from the first failure on.
        first: the longest delay after the first failure; each further one may wait twice as long, up to `longest`.
    """

    total: float = 300.0
    first: float = 0.5
    longest: float = 30.0

    def delay(self, failures: int, *, at_least: float = 0.0, chance: float | None = None) -> float:
        """How long to wait after that many failures.

        Between half of the bound and the whole of it, so that clients which failed together do not come back together;
        and on top of `at_least`, what the service asked for.
        """
        bound = min(self.longest, self.first * 2.0 ** min(failures - 1, 20))
        share = random.random() if chance is None else chance  # noqa: S311 - only spreads load
        return at_least + bound * (1 + share) / 2


def retry_after(header: str | None, now: datetime) -> float:
    """Seconds of a Retry-After header (RFC 9110: seconds or a date); 0 where it says nothing."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, ((then if then.tzinfo else then.replace(tzinfo=UTC)) - now).total_seconds())


class Stop:
    """The end of a run: at once for what has not begun, after a grace (seconds) for what is under way."""

    def __init__(self, grace: float = 3.0) -> None:
        self._grace = grace
        self._requested = Event()
        self._since = 0.0

    @property
    def requested(self) -> bool:
        """Whether nothing new is to begin."""
        return self._requested.is_set()

    def over(self, more: float = 0.0) -> bool:
        """Whether the grace, and some seconds more, have passed."""
        return self.requested and time.monotonic() > self._since + self._grace + more

    def request(self) -> None:
        """Ask for the end; again, nothing changes."""
        if not self.requested:
            self._since = time.monotonic()
            self._requested.set()

    def wait(self, seconds: float) -> None:
        """Sleep.

        Raises:
            Interrupted: the end was asked for.
        """
        if self._requested.wait(seconds):
            raise Interrupted("Interrupted while waiting to try again.")

    def check(self) -> None:
        """Go on, unless the grace is over.

        Raises:
            Interrupted: it is.
        """
        if self.over():
            raise Interrupted("Interrupted while sending.")
