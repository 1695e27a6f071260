"""The development key: a key that is made for you, so that the first upload needs no set-up."""

import hashlib
import os
import secrets
from pathlib import Path

from functions.domain.callers import Role


def development_key(data: Path) -> str:
    """The key of that data folder, made on the first run.

    It is kept in the clear, readable by its owner alone, because the runner has to show it at each start. The service
    itself is only ever given its hash.
    """
    path = data / "development-key"
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
    """The key as an item of the setting API_KEYS: NAME:ROLE:SHA256."""
    return f"{name}:{Role.ADMIN}:{hashlib.sha256(key.encode()).hexdigest()}"
