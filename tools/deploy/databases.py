"""The Firestore databases: their names, and which of them exist."""

from collections.abc import Mapping
from typing import Any, Final

from tools.deploy.google import NotThere, SwitchedOff, access_token, ask
from tools.deploy.names import resource_names

CATALOG: Final = "google_firestore_database.catalog"
COUNTERS: Final = "google_firestore_database.counters"
DATABASES: Final = frozenset({CATALOG, COUNTERS})
"""The addresses in `infra/firestore.tf`."""


def database_names() -> dict[str, str]:
    """The name of each database, by its address."""
    found = resource_names()
    return {CATALOG: found.catalog_database, COUNTERS: found.counters_database}


def existing(project: str) -> dict[str, str]:
    """Those of the databases that exist in the project, even if another service created them."""
    return {
        address: name
        for address, name in database_names().items()
        if described(project, "firestore", database_path(project, name)) is not None
    }


def described(project: str, service: str, path: str) -> Mapping[str, Any] | None:
    """The description of a resource of a Google service; None if it does not exist."""
    try:
        found: Mapping[str, Any] = ask(service, f"v1/{path}", access_token(), charged=project)
    except (NotThere, SwitchedOff):
        return None
    return found


def database_path(project: str, name: str) -> str:
    """The full name of a database."""
    return f"projects/{project}/databases/{name}"
