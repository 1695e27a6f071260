"""The development key. The runner creates it, so that the first upload needs no set-up."""

import hashlib
import os
import secrets
from pathlib import Path

from functions.domain.callers import Role


def key_path(data: Path) -> Path:
    """The file of the development key in that data folder."""
    return data / "development-key"


def development_key(data: Path) -> str:
    """Return the development key in the folder `data`. The first run creates it.

    It is stored unhashed and only its owner can read it, because the runner shows it at each start. The functions get
    only its hash.

    Raises:
        OSError, UnicodeError: the file of the key cannot be read or written.
    """
    path = key_path(data)
    try:
        key = path.read_text().strip()
    except FileNotFoundError:
        key = ""
    if not key:
        key = secrets.token_urlsafe(18)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
            file.write(f"{key}\n")
    return key


def key_setting(name: str, key: str) -> str:
    """The key as an entry of the setting API_KEYS: NAME:ROLE:SHA256."""
    return f"{name}:{Role.ADMIN}:{hashlib.sha256(key.encode()).hexdigest()}"
