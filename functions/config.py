"""The settings, and the only reader of the environment. `docs/settings.md` lists them all."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from functions.domain.callers import ApiKey, Caller, Role

_HEX_SHA256 = 64


class SettingsError(Exception):
    """A setting that cannot be meant; the message names it and says what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a maintainer decides.

    Attributes:
        data: folder of the embedded backend.
        keys: API keys, by hash.
        base_url: what the functions' paths hang on, without a final slash; None takes the request's own host.
        renditions_url: what the names of renditions hang on; None means `/renditions` on the same host.
        cors_origins: origins of pages that may read the answers; ("*",) is all of them.
    """

    data: Path = Path(".data")
    keys: tuple[ApiKey, ...] = ()
    base_url: str | None = None
    renditions_url: str | None = None
    cors_origins: tuple[str, ...] = ("*",)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read the settings.

        Raises:
            SettingsError: one of them makes no sense.
        """
        return cls(
            data=Path(env.get("DATA_DIR") or ".data"),
            keys=tuple(_api_key(each) for each in _items(env.get("API_KEYS"))),
            base_url=_url(env, "BASE_URL"),
            renditions_url=_url(env, "RENDITIONS_URL"),
            cors_origins=tuple(_items(env.get("CORS_ORIGINS"))) or ("*",),
        )


def _items(text: str | None) -> list[str]:
    return [each.strip() for each in (text or "").split(",") if each.strip()]


def _url(env: Mapping[str, str], name: str) -> str | None:
    url = (env.get(name) or "").rstrip("/")
    if url and not url.startswith(("https://", "http://")):
        raise SettingsError(f"{name} must be an http or https URL, not {url!r}.")
    return url or None


def _api_key(text: str) -> ApiKey:
    name, _, rest = text.partition(":")
    role, _, sha256 = rest.partition(":")
    if not name or role not in set(Role) or len(sha256) != _HEX_SHA256:
        # The text itself stays out of the message: it may be a key that somebody forgot to hash.
        raise SettingsError("API_KEYS takes NAME:ROLE:SHA256, comma-separated; ROLE is uploader or admin.")
    return ApiKey(Caller(name, Role(role)), sha256.lower())
