"""The Firestore databases, which can exist without being in Terraform's state.

The provider can fail after it has created one. Then every later run fails, because the database exists:
https://github.com/hashicorp/terraform-provider-google/issues/22533
"""

from typing import Final

from tools.deploy.google import NotThere, SwitchedOff, access_token, ask
from tools.deploy.inputs import Inputs
from tools.deploy.terraform import Terraform

DATABASES: Final = {
    "google_firestore_database.catalog": "(default)",
    "google_firestore_database.counters": "image-repo-counters",
}
"""The name of each database, by its address in `infra/firestore.tf`."""


def existing(project: str) -> dict[str, str]:
    """Those of `DATABASES` that exist in the project, even if another service created them."""
    return {address: name for address, name in DATABASES.items() if _exists(project, name)}


def adopt(terraform: Terraform, inputs: Inputs) -> None:
    """Import into Terraform's state the databases that an earlier attempt created."""
    known = terraform.addresses()
    if known.issuperset(DATABASES):
        return
    for address, name in existing(inputs.project).items():
        if address not in known:
            print(f"An earlier attempt created the Firestore database {name}. Importing it into Terraform.", flush=True)
            terraform.adopt(inputs, address, _path(inputs.project, name))


def _exists(project: str, name: str) -> bool:
    try:
        ask("firestore", f"v1/{_path(project, name)}", access_token(), charged=project)
    except (NotThere, SwitchedOff):
        return False
    return True


def _path(project: str, name: str) -> str:
    return f"projects/{project}/databases/{name}"
