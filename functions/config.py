"""The settings, and the only reader of the environment. `docs/settings.md` lists all settings."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from functions.domain.caching import RenditionsCache
from functions.domain.callers import ApiKey, Role
from functions.domain.key_list import parse_key_list


class Backend(StrEnum):
    """The implementation of the ports: SQLite and the file system, or Firestore and Cloud Storage."""

    EMBEDDED = "embedded"
    GCP = "gcp"


class SettingsError(Exception):
    """A setting is invalid. The message names it and says what it accepts."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process.

    Attributes:
        backend: the implementation of the ports.
        data: the folder of the embedded backend.
        project: the project on Google Cloud. None means the environment's default project.
        database: the Firestore database with the catalog and the tickets.
        counters_database: the Firestore database with the views and calls. It is separate so that a function which
            counts needs no permission to write the catalog.
        originals_bucket, renditions_bucket, dropbox_bucket: the names of the buckets on Cloud Storage.
        keys: API keys, by hash.
        keys_file: a file with more API keys, which can change while the service runs.
        base_url: the functions' paths are relative to this URL, without a final slash. None means the request's host.
        renditions_url: the names of renditions are relative to this URL. None means `/renditions` on the same host.
        renditions_cache: which cache serves the renditions on Cloud Storage; it decides their `Cache-Control`.
        cors_origins: the origins of pages that can read the responses; ("*",) means all origins.
    """

    backend: Backend = Backend.EMBEDDED
    data: Path = Path(".data")
    project: str | None = None
    database: str = "(default)"
    counters_database: str = "(default)"
    originals_bucket: str = "originals"
    renditions_bucket: str = "renditions"
    dropbox_bucket: str = "dropbox"
    keys: tuple[ApiKey, ...] = ()
    keys_file: Path | None = None
    base_url: str | None = None
    renditions_url: str | None = None
    renditions_cache: RenditionsCache = RenditionsCache.BUCKET
    cors_origins: tuple[str, ...] = ("*",)

    def bucket(self, role: str) -> str:
        """The name of the bucket with that role: originals, renditions or dropbox."""
        return {
            "originals": self.originals_bucket,
            "renditions": self.renditions_bucket,
            "dropbox": self.dropbox_bucket,
        }[role]

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read the settings.

        Raises:
            SettingsError: a setting is invalid.
        """
        database = env.get("FIRESTORE_DATABASE") or "(default)"
        keys_file = env.get("API_KEYS_FILE")
        return cls(
            backend=_backend(env.get("BACKEND") or Backend.EMBEDDED),
            data=Path(env.get("DATA_DIR") or ".data").expanduser(),
            project=env.get("GOOGLE_CLOUD_PROJECT") or None,
            database=database,
            counters_database=env.get("COUNTERS_DATABASE") or database,
            originals_bucket=env.get("ORIGINALS_BUCKET") or "originals",
            renditions_bucket=env.get("RENDITIONS_BUCKET") or "renditions",
            dropbox_bucket=env.get("DROPBOX_BUCKET") or "dropbox",
            keys=parse_keys(env.get("API_KEYS") or "", "API_KEYS"),
            keys_file=Path(keys_file) if keys_file else None,
            base_url=_url(env, "BASE_URL"),
            renditions_url=_url(env, "RENDITIONS_URL"),
            renditions_cache=_renditions_cache(env.get("RENDITIONS_CACHE") or RenditionsCache.BUCKET),
            cors_origins=tuple(_items(env.get("CORS_ORIGINS"))) or ("*",),
        )


def _items(text: str | None) -> list[str]:
    return [each.strip() for each in (text or "").split(",") if each.strip()]


def _backend(name: str) -> Backend:
    if name not in set(Backend):
        raise SettingsError(f"BACKEND must be {' or '.join(Backend)}, not {name!r}.")
    return Backend(name)


def _renditions_cache(name: str) -> RenditionsCache:
    if name not in set(RenditionsCache):
        raise SettingsError(f"RENDITIONS_CACHE must be {' or '.join(RenditionsCache)}, not {name!r}.")
    return RenditionsCache(name)


def _url(env: Mapping[str, str], name: str) -> str | None:
    url = (env.get(name) or "").rstrip("/")
    if url and not url.startswith(("https://", "http://")):
        raise SettingsError(f"{name} must be an http or https URL, not {url!r}.")
    return url or None


def parse_keys(text: str, where: str) -> tuple[ApiKey, ...]:
    """The keys of a text, as `key_list` describes it.

    Raises:
        SettingsError: an entry is malformed. The message names the setting, `where`.
    """
    found = parse_key_list(text.encode(errors="surrogateescape"))
    if found.malformed:
        # The entry itself stays out of the message: it can be a key that was not hashed.
        raise SettingsError(
            f"{where} has an entry that is not NAME:ROLE:SHA256. Correct it: ROLE is {' or '.join(Role)}, "
            'and SHA256 is what this command prints: printf %s "$KEY" | sha256sum'
        )
    return found.keys
