"""The address of the service and the API key: from options, the environment, or the user's settings file."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from image_repo.directories import config_directory
from image_repo.errors import ImageRepoError

LOCAL: Final = "http://127.0.0.1:8080"
"""The address of `make run`."""


class SettingsError(ImageRepoError):
    """A setting is invalid or missing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A service and the key for it."""

    api: str
    key: str | None

    @classmethod
    def load(cls, api: str | None, key: str | None, environment: Mapping[str, str] = os.environ) -> "Settings":
        """The settings of a run. What the command line does not set comes from the environment, or from the file.

        Raises:
            SettingsError: one of them is invalid.
        """
        file = _read(config_directory(environment) / "config.toml")
        given = environment.get("IMAGE_REPO_API") or file.get("api") or LOCAL
        address = given if api is None else api  # an empty option is a mistake, and not the service of another address
        secret = key or environment.get("IMAGE_REPO_KEY") or file.get("key") or None
        if not _is_address(address):
            raise SettingsError(f"{address!r} is not an http or https URL. Give one, as in https://images.example.org.")
        if secret is not None and not (secret.isascii() and secret.isprintable()):
            raise SettingsError("The key contains invalid characters. Copy it again, without line breaks.")
        return cls(address.rstrip("/"), secret)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna")
        return text.isprintable() and parts.scheme in {"http", "https"} and bool(host) and parts.port != 0
    except ValueError:  # an invalid port, unbalanced brackets, or an empty label in the host name
        return False


def _read(path: Path) -> Mapping[str, str]:
    """The user's settings: TOML with `api` and `key`. Windows programs may put a byte order mark before them."""
    try:
        settings = tomllib.loads(path.read_text("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read ({error}). Correct or delete it.") from error
    for name, value in settings.items():
        if name not in {"api", "key"}:
            raise SettingsError(f"{path} has the unknown setting {name!r}. Remove it; the settings are api and key.")
        if not isinstance(value, str):
            raise SettingsError(f"The setting {name!r} in {path} is not a string. Put it in quotation marks.")
    return settings
