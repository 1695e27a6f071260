"""The project that the stand-in for Google Cloud keeps in memory."""

from dataclasses import dataclass, field
from typing import Any

from tests.deploy.roles import OWNER


@dataclass
class Project:
    """The state of the only project."""

    id: str = "my-photos-1"
    state: str = "ACTIVE"
    billing: bool = True
    roles: set[str] = field(default_factory=lambda: {OWNER})
    """The roles of the account that sends the requests."""
    renamed: set[str] = field(default_factory=set)
    """Permissions that Google has renamed, by their old names."""
    enabled: set[str] = field(default_factory=lambda: {"serviceusage.googleapis.com", "storage.googleapis.com"})
    buckets: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: list[dict[str, Any]] = field(default_factory=list)
    """The versions of the only secret, `image-repo-api-keys`."""
    databases: set[str] = field(default_factory=set)
    """The names of the Firestore databases."""
    indexes: list[dict[str, Any]] = field(default_factory=list)
    """The composite indexes of the catalog, as the Firestore API describes them."""
    repositories: dict[str, str] = field(default_factory=dict)
    """The description of each repository of Artifact Registry, by its location and name: `europe-west4/images`."""
    logged: list[dict[str, Any]] = field(default_factory=list)
