"""API keys from a file that changes while the service runs: a mounted secret."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

from functions.config import SettingsError, parse_keys
from functions.domain.callers import ApiKey
from functions.domain.errors import Unavailable

log = logging.getLogger(__name__)

FRESH: Final = 60.0
"""Seconds that a reading holds: so long may a revoked key still work."""


class KeyFile:
    """The keys in the file at `path`, read when first asked for and again once the last reading is `FRESH` no more."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._lock = Lock()
        self._keys: tuple[ApiKey, ...] | None = None
        self._read_at = 0.0

    def keys(self) -> Sequence[ApiKey]:
        """The keys of the latest reading that made sense.

        Raises:
            Unavailable: none ever did.
        """
        with self._lock:
            if self._keys is None or self._clock() - self._read_at >= FRESH:
                self._read()
            if self._keys is None:
                raise Unavailable("The API keys cannot be read at the moment. Please try again in a few seconds.")
            return self._keys

    def _read(self) -> None:
        try:
            self._keys = parse_keys(self._path.read_text(), str(self._path))
        except (OSError, UnicodeError, SettingsError) as error:
            log.error("The API keys cannot be read; the last ones hold. %s", error)  # noqa: TRY400
        self._read_at = self._clock()
