"""The local cache of duplicates: files whose image the repository has as another file, such as a lossless copy.

The service does not know the hash of such a file, so a lookup of it finds nothing; a lookup of the stored hash does.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Final

from image_repo.directories import cache_directory

_LINE: Final = re.compile(r"([0-9a-f]{64}) ([0-9a-f]{64})")
_MAX_SIZE: Final = 64 << 20
"""Bytes; a larger file is not ours."""


class DuplicateCache:
    """The hashes under which duplicates are stored, by the hashes of their own files. All are SHA-256.

    Each service has a text file in the user's cache folder, with one line for each duplicate; the last line for a file
    counts. A line is appended with one write, so that several runs can share the file, and a crash damages at most its
    own line. If the file cannot be read or written, duplicates are sent again, and nothing else is lost.
    """

    def __init__(self, api: str, folder: Path | None = None) -> None:
        name = hashlib.sha256(api.rstrip("/").encode()).hexdigest()[:16]
        self._path = (folder or cache_directory()) / f"duplicates-{name}"
        self._stored = self._read()

    def stored(self, sha256: str) -> str:
        """The hash under which the image of this file is, or was, stored; its own hash if no other is known."""
        return self._stored.get(sha256, sha256)

    def remember(self, sha256: str, stored: str) -> None:
        """Keep the hash for later runs."""
        if self.stored(sha256) == stored:
            return
        self._stored[sha256] = stored
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)  # only Windows has the last one
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, flags, 0o600)
        except OSError:
            return
        try:
            os.write(file, f"\n{sha256} {stored}\n".encode())  # the first line feed ends a line that a crash truncated
        except OSError:
            return
        finally:
            os.close(file)

    def _read(self) -> dict[str, str]:
        try:
            if self._path.stat().st_size > _MAX_SIZE:
                return {}
            text = self._path.read_text("ascii", "replace")
        except OSError:
            return {}
        found = (_LINE.fullmatch(line) for line in text.splitlines())
        return {each[1]: each[2] for each in found if each}
