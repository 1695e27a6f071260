"""The databases of Firestore, which may exist though Terraform does not know of them.

Its provider may fail after it has made one, and no later run could make it again:
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
"""The name of each by its address in `infra/firestore.tf`."""


def existing(project: str) -> dict[str, str]:
    """Those of them that the project has, whoever made them."""
    return {address: name for address, name in DATABASES.items() if _exists(project, name)}


def adopt(terraform: Terraform, inputs: Inputs) -> None:
    """Hand Terraform those that an earlier attempt left behind."""
    known = terraform.addresses()
    if known.issuperset(DATABASES):
        return
    for address, name in existing(inputs.project).items():
        if address not in known:
            print(f"An earlier attempt made the Firestore database {name}: handing it to Terraform.", flush=True)
            terraform.adopt(inputs, address, _path(inputs.project, name))


def _exists(project: str, name: str) -> bool:
    try:
        ask("firestore", f"v1/{_path(project, name)}", access_token(), charged=project)
    except (NotThere, SwitchedOff):
        return False
    return True


def _path(project: str, name: str) -> str:
    return f"projects/{project}/databases/{name}"
