"""Import into Terraform's state what an earlier attempt created.

If waiting for the end of a creation fails, the provider forgets the resource, although Google completes it. Then every
later run fails, because the resource exists: https://github.com/hashicorp/terraform-provider-google/issues/22533
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from tools.deploy.databases import database_names, database_path, described
from tools.deploy.inputs import Inputs
from tools.deploy.names import INFRA, resource_names
from tools.deploy.processes import Failure
from tools.deploy.terraform import Terraform

REPOSITORY: Final = "google_artifact_registry_repository.images"
INDEX: Final = "google_firestore_index.catalog"
OUR_REPOSITORY: Final = "Container images of the functions, created by their builds."
"""The description of the repository in `infra/builds.tf`."""

_READY: Final = "READY"
_CREATING: Final = "CREATING"


class Found(NamedTuple):
    """A resource that exists: its address in `infra/`, what it is, and its identity for `terraform import`."""

    address: str
    what: str
    identity: str


def adopt(terraform: Terraform, inputs: Inputs) -> None:
    """Import the databases, the repository of the images and the indexes that the state does not have.

    Raises:
        Failure: an index is not complete. The functions that need it cannot be deployed yet.
    """
    for found in _missing(inputs, terraform.addresses()):
        print(f"An earlier attempt created {found.what}. Importing it into Terraform.", flush=True)
        terraform.adopt(inputs, found.address, found.identity)


def _missing(inputs: Inputs, known: set[str]) -> Iterator[Found]:
    """What exists, and is not among the known addresses. It asks Google only about the rest."""
    for address, name in database_names().items():
        path = database_path(inputs.project, name)
        if address not in known and described(inputs.project, "firestore", path) is not None:
            yield Found(address, f"the Firestore database {name}", path)
    if REPOSITORY not in known:
        yield from _repository(inputs)
    yield from _indexes(inputs.project, known)


def _repository(inputs: Inputs) -> Iterator[Found]:
    """The repository of the images, if Image Repo created it. Another service's repository can have the same name."""
    name = resource_names().name
    path = f"projects/{inputs.project}/locations/{inputs.region}/repositories/{name}"
    found = described(inputs.project, "artifactregistry", path)
    if found is not None and found.get("description") == OUR_REPOSITORY:
        yield Found(REPOSITORY, f"the repository {name} of container images", path)


def _indexes(project: str, known: set[str]) -> Iterator[Found]:
    missing = {key: each for key, each in declared_indexes().items() if index_address(key) not in known}
    groups = sorted({each["collectionGroup"] for each in missing.values()})
    present = {index_key(group, each): each for group in groups for each in _listed(project, group)}
    for key in sorted(missing.keys() & present.keys()):
        _must_be_ready(project, key, present[key])
        yield Found(index_address(key), f"the index of {key}", present[key]["name"])


def declared_indexes() -> dict[str, Mapping[str, Any]]:
    """The indexes of `infra/indexes.json`, by their keys in Terraform."""
    table = json.loads((INFRA / "indexes.json").read_text(encoding="utf-8"))
    return {index_key(each["collectionGroup"], each): each for each in table["indexes"]}


def index_key(group: str, index: Mapping[str, Any]) -> str:
    """The key of an index in `infra/firestore.tf`. Firestore adds the field `__name__` to the end of each index."""
    fields = [each for each in index["fields"] if each["fieldPath"] != "__name__"]
    return " ".join(
        [group, *(f"{each['fieldPath']} {each.get('order') or each.get('arrayConfig')}" for each in fields)]
    )


def index_address(key: str) -> str:
    """The address of an index in the state."""
    return f'{INDEX}["{key}"]'


def _listed(project: str, group: str) -> Iterator[Mapping[str, Any]]:
    """The composite indexes of a collection group, page by page."""
    parent = f"{database_path(project, resource_names().catalog_database)}/collectionGroups/{group}"
    token = ""
    while True:
        page = described(project, "firestore", f"{parent}/indexes?pageToken={token}") or {}
        yield from (each for each in page.get("indexes", ()) if each.get("queryScope") == "COLLECTION")
        token = page.get("nextPageToken", "")
        if not token:
            return


def _must_be_ready(project: str, key: str, index: Mapping[str, Any]) -> None:
    """Check that queries can use the index.

    Raises:
        Failure: it is not ready.
    """
    state = index.get("state", "unknown")
    options = f"--database='{resource_names().catalog_database}' --project={project}"
    if state == _CREATING:
        raise Failure(
            f"Firestore is still building the index of {key}, which the functions need. Run the same command again "
            f"when this shows the state READY: gcloud firestore indexes composite list {options}"
        )
    if state != _READY:
        number = index["name"].rpartition("/")[2]
        raise Failure(
            f"The index of {key} is in the state {state}. Delete it, and run the same command again: "
            f"gcloud firestore indexes composite delete {number} {options}"
        )
