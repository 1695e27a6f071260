"""Where the service is and which key to use: options, then the environment, then a file of the user's."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from image_repo.errors import ImageRepoError
from image_repo.places import place

LOCAL: Final = "http://127.0.0.1:8080"
"""Where `make run` serves."""


class SettingsError(ImageRepoError):
    """A setting that cannot be meant."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A service and a key for it."""

    api: str
    key: str | None

    @classmethod
    def of(cls, api: str | None, key: str | None, environment: Mapping[str, str] = os.environ) -> "Settings":
        """The settings of a run; what the command line does not say is in the environment, or in the file.

        Raises:
            SettingsError: one of them cannot be meant.
        """
        file = _file(config_file(environment))
        address = api or environment.get("IMAGE_REPO_API") or file.get("api") or LOCAL
        secret = key or environment.get("IMAGE_REPO_KEY") or file.get("key") or None
        if not _is_address(address):
            raise SettingsError(f"{address!r} is no address of a service. Give one such as https://images.example.org.")
        if secret is not None and not (secret.isascii() and secret.isprintable()):
            raise SettingsError("The key has characters that no key has. Copy it again, without line breaks.")
        return cls(address.rstrip("/"), secret)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna")
        return text.isprintable() and parts.scheme in {"http", "https"} and bool(host) and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not match, a host's label that is empty
        return False


def config_file(environment: Mapping[str, str] = os.environ) -> Path:
    """The user's file: TOML with `api` and `key`."""
    return place("XDG_CONFIG_HOME", ".config", environment) / "config.toml"


def _file(path: Path) -> Mapping[str, str]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read ({error}). Mend or remove it.") from error
    wrong = next(
        (name for name, value in found.items() if name not in {"api", "key"} or not isinstance(value, str)), None
    )
    if wrong is not None:
        raise SettingsError(f"{path} may say `api` and `key`, each a text in quotes, but not {wrong!r}.")
    return found
