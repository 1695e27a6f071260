"""Where programs keep their files in the user's home (XDG Base Directory Specification)."""

import os
from collections.abc import Mapping
from pathlib import Path


def place(variable: str, usual: str, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder `image-repo` in the one that the variable names, or in the usual one below the user's home."""
    named = environment.get(variable, "")
    if named.startswith("/"):
        return Path(named) / "image-repo"
    try:
        return Path.home() / usual / "image-repo"
    except RuntimeError:
        return Path(os.devnull) / "image-repo"  # a user without a home: nothing is there, and nothing can be
