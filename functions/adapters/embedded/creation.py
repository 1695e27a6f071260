"""Tells whether a database has been created, without creating it: a full disk has no room for that."""

from pathlib import Path
from typing import Final

from functions.adapters.embedded.database import is_empty

_MAGIC: Final = b"SQLite format 3\0"
_VERSION_AT: Final = 60
"""The place of `user_version` in a file of SQLite: 4 bytes."""


def was_created(path: Path) -> bool:
    """Whether the file contains tables, or is damaged. A creation that a full disk ended leaves a file without version.

    Until a checkpoint, the tables can be in the log of SQLite.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_VERSION_AT + 4)
        is_blank = not head or (head.startswith(_MAGIC) and not any(head[_VERSION_AT:]))
        return not is_blank or not is_empty(path.with_name(f"{path.name}-wal"))
    except FileNotFoundError:
        return False
    except OSError:
        return True  # opening the database gives the error of the domain
