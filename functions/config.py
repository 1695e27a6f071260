"""The settings, and the only reader of the environment. `docs/settings.md` lists them all."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from functions.domain.callers import ApiKey, Caller, Role

_SHA256 = re.compile("[0-9a-fA-F]{64}")


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
        database: of Firestore, with the catalog and the tickets.
        counters_database: of Firestore, with the views and calls; so that who may count need not write the catalog.
        originals_bucket, renditions_bucket, dropbox_bucket: names of the buckets on Cloud Storage.
        keys: API keys, by hash.
        keys_file: more of them, which come and go while the service runs.
        base_url: what the functions' paths hang on, without a final slash; None takes the request's own host.
        renditions_url: what the names of renditions hang on; None means `/renditions` on the same host.
        cors_origins: origins of pages that may read the answers; ("*",) is all of them.
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
    cors_origins: tuple[str, ...] = ("*",)

    def bucket(self, role: str) -> str:
        """Name of the bucket of that role: originals, renditions or dropbox."""
        return {
            "originals": self.originals_bucket,
            "renditions": self.renditions_bucket,
            "dropbox": self.dropbox_bucket,
        }[role]

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read the settings.

        Raises:
            SettingsError: one of them makes no sense.
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


def parse_keys(text: str, where: str) -> tuple[ApiKey, ...]:
    """The keys of a text: `NAME:ROLE:SHA256`, with commas or on lines; what follows a `#` on a line is a comment.

    Raises:
        SettingsError: one of them is none; it names `where` the text is from.
    """
    lines = (line.partition("#")[0] for line in text.splitlines())
    return tuple(_api_key(each, where) for line in lines for each in _items(line))


def _api_key(text: str, where: str) -> ApiKey:
    name, _, rest = text.partition(":")
    role, _, sha256 = rest.partition(":")
    if not name or role not in set(Role) or not _SHA256.fullmatch(sha256):
        # The text itself stays out of the message: it may be a key that somebody forgot to hash.
        raise SettingsError(f"{where} takes NAME:ROLE:SHA256, comma-separated; ROLE is uploader or admin.")
    return ApiKey(Caller(name, Role(role)), sha256.lower())
