"""What this machine remembers: files whose image the repository has in another file, a lossless copy or other metadata.

Such a file's own hash is not the stored one, so that asking for it finds nothing; asking for the stored one does.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Final

from image_repo.places import place

_LINE: Final = re.compile(r"([0-9a-f]{64}) ([0-9a-f]{64})")
_LARGEST: Final = 64 << 20
"""Bytes; a file beyond is none of ours."""


class Known:
    """The hashes under which duplicates are stored, by those of their own files, for one service. All are SHA-256.

    A text file in the user's cache folder, a line to each. A line is added by one write to the end of the file, so that
    several runs may share it and a crash spoils at most its own line; the last line for a file holds. Where it cannot
    be read or written, duplicates are sent again, and nothing else is lost.
    """

    def __init__(self, api: str, folder: Path | None = None) -> None:
        name = hashlib.sha256(api.rstrip("/").encode()).hexdigest()[:16]
        self._path = (folder or place("XDG_CACHE_HOME", ".cache")) / f"duplicates-{name}"
        self._stored = self._read()

    def stored(self, sha256: str) -> str:
        """The hash under which this file's image is, or was, stored: its own, as far as is known."""
        return self._stored.get(sha256, sha256)

    def remember(self, sha256: str, stored: str) -> None:
        """Keep it for later runs."""
        if self.stored(sha256) == stored:
            return
        self._stored[sha256] = stored
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            return
        try:
            os.write(file, f"\n{sha256} {stored}\n".encode())  # the first line feed ends what a crash cut short
        except OSError:
            return
        finally:
            os.close(file)

    def _read(self) -> dict[str, str]:
        try:
            if self._path.stat().st_size > _LARGEST:
                return {}
            text = self._path.read_text("ascii", "replace")
        except OSError:
            return {}
        found = (_LINE.fullmatch(line) for line in text.splitlines())
        return {each[1]: each[2] for each in found if each}
