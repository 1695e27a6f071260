"""`make destroy`."""

from typing import Final
from urllib.parse import quote

from tools import package
from tools.deploy import state
from tools.deploy.databases import DATABASES
from tools.deploy.google import NotThere, access_token, ask, gcloud
from tools.deploy.inputs import Inputs
from tools.deploy.processes import Failure
from tools.deploy.terraform import Terraform

_PROTECTED: Final = {*DATABASES, "google_secret_manager_secret.keys"}
"""The addresses of the resources that the variable `protect` protects from deletion."""
_WITHIN_THE_DATABASE: Final = ("google_firestore_field.", "google_firestore_index.")
"""Types of resources that Firestore deletes with their database. To delete each of them would fail: Firestore refuses
most of several such requests at the same time (409), and the provider does not repeat those for fields."""
_UNPROTECTED: Final = "-var=protect=false"


def destroy(project: str, confirmed: str | None) -> None:
    """`make destroy`: delete everything that `make deploy` created.

    Args:
        project: the project of the deployment.
        confirmed: the name of the bucket of originals, if its user typed it to confirm that the images can be deleted.

    Raises:
        Failure: it contains images that are not confirmed, or Terraform fails.
    """
    state.must_exist(project)
    terraform = Terraform(project)
    terraform.init()
    found = terraform.outputs()
    buckets = [found[each] for each in ("originals_bucket", "dropbox_bucket", "renditions_bucket") if each in found]
    kept = [each for each in buckets if each != found.get("renditions_bucket") and _holds_objects(each)]
    if kept and confirmed != buckets[0]:
        raise Failure(
            f"There are still images in {' and '.join(kept)}. Nothing was deleted. Copy the images first: "
            f"`gcloud storage cp -r {' '.join(f'gs://{each}' for each in kept)} .` "
            f"Then delete the buckets with everything in them: make destroy PROJECT={project} CONFIRM={buckets[0]}"
        )
    print(f"Deleting everything that was deployed in {project}, including images and keys.", flush=True)
    inputs = state.kept_inputs(project) or Inputs(project)
    package.build()
    _unprotect(terraform, inputs)
    for each in buckets:
        _empty(each)
    _take_down(project, inputs)
    print(
        f"Done. These stay: the bucket {state.bucket_of(project)} with the history of Terraform's state, the enabled "
        "APIs, and deleted originals for 30 days. Their storage costs as before. To delete them too: "
        f"gcloud projects delete {project}"
    )


def _unprotect(terraform: Terraform, inputs: Inputs) -> None:
    """Make the databases and the keys deletable. Change nothing else: a deployment may have failed at the rest."""
    targets = [f"-target={each}" for each in sorted(_PROTECTED & terraform.addresses())]
    if targets and terraform.plan(inputs, _UNPROTECTED, *targets):
        terraform.apply()


def _take_down(project: str, inputs: Inputs) -> None:
    """Delete everything, with a new access token: the earlier one expires if emptying the buckets takes long."""
    access_token.cache_clear()
    terraform = Terraform(project)
    within = [each for each in terraform.addresses() if each.startswith(_WITHIN_THE_DATABASE)]
    if within:
        terraform.forget(within)
    if terraform.plan(inputs, _UNPROTECTED, "-destroy"):
        terraform.apply()


def _holds_objects(bucket: str) -> bool:
    """Whether the bucket has any object, or an older version of one."""
    path = f"storage/v1/b/{quote(bucket, safe='')}/o?versions=true&maxResults=1"
    try:
        return bool(ask("storage", path, access_token()).get("items"))
    except NotThere:
        return False


def _empty(bucket: str) -> None:
    if _holds_objects(bucket):
        print(f"Emptying {bucket}.", flush=True)
        gcloud("storage", "rm", "--recursive", "--all-versions", f"gs://{bucket}/**", seconds=24 * 3600)
