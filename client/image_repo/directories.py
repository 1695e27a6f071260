"""Where this program keeps its files: the XDG Base Directory Specification, and on Windows the user's AppData."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_NAME = "image-repo"


def config_directory(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder of the settings."""
    if platform == "win32":
        return _directory("APPDATA", "AppData/Roaming", environment)
    return _directory("XDG_CONFIG_HOME", ".config", environment)


def cache_directory(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder of what can be deleted without a loss."""
    if platform == "win32":
        return _directory("LOCALAPPDATA", "AppData/Local", environment) / "cache"
    return _directory("XDG_CACHE_HOME", ".cache", environment)


def _directory(variable: str, default: str, environment: Mapping[str, str]) -> Path:
    """Our folder in the one that the variable names, or in the default one, which is relative to the user's home."""
    named = Path(environment.get(variable, ""))
    if named.is_absolute():
        return named / _NAME
    try:
        return Path.home() / default / _NAME
    except RuntimeError:
        return Path(os.devnull) / _NAME  # a user without a home: nothing can be read or written there
