"""The settings, and the only reader of the environment. `docs/settings.md` lists them all."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from functions.domain.callers import ApiKey, Caller, Role

_HEX_SHA256 = 64


class Backend(StrEnum):
    """What stands behind the ports: SQLite and the file system, or Firestore and Cloud Storage."""

    EMBEDDED = "embedded"
    GCP = "gcp"


class SettingsError(Exception):
    """A setting that cannot be meant; the message names it and says what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a maintainer decides.

    Attributes:
        backend: what stands behind the ports.
        data: folder of the embedded backend.
        project: on Google Cloud; None takes the environment's own.
        database: of Firestore.
        originals_bucket, renditions_bucket: names of the buckets on Cloud Storage.
        keys: API keys, by hash.
        base_url: what the functions' paths hang on, without a final slash; None takes the request's own host.
        renditions_url: what the names of renditions hang on; None means `/renditions` on the same host.
        cors_origins: origins of pages that may read the answers; ("*",) is all of them.
    """

    backend: Backend = Backend.EMBEDDED
    data: Path = Path(".data")
    project: str | None = None
    database: str = "(default)"
    originals_bucket: str = "originals"
    renditions_bucket: str = "renditions"
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
            backend=_backend(env.get("BACKEND") or Backend.EMBEDDED),
            data=Path(env.get("DATA_DIR") or ".data"),
            project=env.get("GOOGLE_CLOUD_PROJECT") or None,
            database=env.get("FIRESTORE_DATABASE") or "(default)",
            originals_bucket=env.get("ORIGINALS_BUCKET") or "originals",
            renditions_bucket=env.get("RENDITIONS_BUCKET") or "renditions",
            keys=tuple(_api_key(each) for each in _items(env.get("API_KEYS"))),
            base_url=_url(env, "BASE_URL"),
            renditions_url=_url(env, "RENDITIONS_URL"),
            cors_origins=tuple(_items(env.get("CORS_ORIGINS"))) or ("*",),
        )


def _items(text: str | None) -> list[str]:
    return [each.strip() for each in (text or "").split(",") if each.strip()]


def _backend(name: str) -> Backend:
    if name not in set(Backend):
        raise SettingsError(f"BACKEND must be {' or '.join(Backend)}, not {name!r}.")
    return Backend(name)


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
