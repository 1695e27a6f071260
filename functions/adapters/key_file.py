"""API keys from a file that changes while the service runs, such as a mounted secret."""

import logging
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final

from functions.domain.callers import ApiKey
from functions.domain.errors import Unavailable
from functions.domain.key_list import KeyList, parse_key_list

log = logging.getLogger(__name__)

FRESH: Final = 60.0
"""Seconds from a successful reading to the next one. A revoked key is valid for at most this long."""
TRUSTED: Final = 300.0
"""Seconds after a successful reading for which its keys are valid while further readings fail."""
RETRY: Final = float(Unavailable.retry_after)
"""Seconds from a failed reading to the next one."""
_REPORT: Final = 60.0
"""Seconds between two errors in the log about the same failure."""
_NEVER: Final = float("-inf")
_MAX_NUMBERS: Final = 10
"""Line numbers in one message."""


class KeyFile:
    """The keys in the file at `path`. The file is read when the keys are needed and the last reading is too old.

    A file with entries of which none is valid counts as unreadable: it is damaged, or it is another file. An empty file
    is a list without keys.

    Args:
        path: the path of the file. It is opened again for each reading, so the file can be replaced.
        clock: returns the time in seconds.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._lock = Lock()
        self._keys: tuple[ApiKey, ...] = ()
        self._read_at = self._reported_at = self._next_reading = _NEVER
        self._failure: str | None = None
        self._digest = b""

    def keys(self) -> Sequence[ApiKey]:
        """The keys of the last successful reading.

        Raises:
            Unavailable: no reading has succeeded in the last `TRUSTED` seconds.
        """
        with self._lock:
            now = self._clock()
            if now >= self._next_reading:
                self._read(now)
            if now - self._read_at >= TRUSTED:
                raise Unavailable("The API keys cannot be checked at the moment. Try again in a few seconds.")
            return self._keys

    def _read(self, now: float) -> None:
        try:
            data = self._path.read_bytes()
        except OSError as error:
            self._fail(now, error.strerror or str(error))
            return
        found = parse_key_list(data)
        if found.malformed and not found.keys:
            self._fail(now, "no entry is NAME:ROLE:SHA256")
        else:
            self._succeed(now, found, sha256(data).digest())

    def _fail(self, now: float, reason: str) -> None:
        self._next_reading = now + RETRY
        if reason == self._failure and now - self._reported_at < _REPORT:
            return
        left = self._read_at + TRUSTED - now
        until = f"The last ones are valid for {left:.0f} more seconds. After that, requests" if left > 0 else "Requests"
        log.error("The API keys cannot be read from %s: %s. %s with a key get 503.", self._path, reason, until)
        self._failure, self._reported_at = reason, now

    def _succeed(self, now: float, found: KeyList, digest: bytes) -> None:
        if self._failure is not None:
            log.warning("The API keys can be read from %s again.", self._path)
        if digest != self._digest:
            self._report(found)
        self._keys, self._digest, self._failure = found.keys, digest, None
        self._read_at, self._next_reading = now, now + FRESH

    def _report(self, found: KeyList) -> None:
        # The text of a line stays out of the log: it can be a key that was not hashed.
        if found.malformed:
            log.error(
                "%s: an entry on %s is not NAME:ROLE:SHA256 and is ignored. The other keys are valid.",
                self._path,
                _lines(found.malformed),
            )
        if found.repeated:
            log.warning(
                "%s: the entry on %s repeats the SHA-256 of an earlier entry and is ignored. Remove the later one.",
                self._path,
                _lines(found.repeated),
            )


def _lines(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_MAX_NUMBERS]))
    more = f" and {len(numbers) - _MAX_NUMBERS} more" if len(numbers) > _MAX_NUMBERS else ""
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{more}"
