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
"""What `protect` keeps from being deleted."""
_UNPROTECTED: Final = "-var=protect=false"


def destroy(project: str, confirmed: str | None) -> None:
    """Take everything down that `make deploy` made.

    Args:
        project: where it is.
        confirmed: name of the first of its buckets, that of the originals, typed by somebody who means to delete
            them too.

    Raises:
        Failure: it still holds images, or Terraform fails.
    """
    state.must_exist(project)
    terraform = Terraform(project)
    terraform.init()
    found = terraform.outputs()
    buckets = [found[each] for each in ("originals_bucket", "dropbox_bucket", "renditions_bucket") if each in found]
    kept = [each for each in buckets if each != found.get("renditions_bucket") and _holds_objects(each)]
    if kept and confirmed != buckets[0]:
        raise Failure(
            f"{' and '.join(kept)} still hold images, so that nothing was done. Copy them first, "
            f"`gcloud storage cp -r gs://{kept[0]} .`, then say that they may go: "
            f"make destroy PROJECT={project} CONFIRM={buckets[0]}"
        )
    print(f"Deleting everything that was deployed in {project}, images and keys included.", flush=True)
    inputs = state.kept_inputs(project) or Inputs(project)
    package.build()
    _unprotect(terraform, inputs)
    for each in buckets:
        _empty(each)
    _take_down(project, inputs)
    print(
        f"Done. These stay: the bucket {state.bucket_of(project)} with Terraform's history, the APIs that were on, and "
        "for 7 days or more what Cloud Storage keeps of deleted originals. Nothing of it costs more than cents; "
        f"`gcloud projects delete {project}` removes it all."
    )


def _unprotect(terraform: Terraform, inputs: Inputs) -> None:
    """Let the databases and the keys be deleted; nothing else is touched, which may be what a deployment failed at."""
    targets = [f"-target={each}" for each in sorted(_PROTECTED & terraform.addresses())]
    if targets and terraform.plan(inputs, _UNPROTECTED, *targets):
        terraform.apply()


def _take_down(project: str, inputs: Inputs) -> None:
    """With a token of its own: the one before has ended if the emptying took its time."""
    access_token.cache_clear()
    terraform = Terraform(project)
    if terraform.plan(inputs, _UNPROTECTED, "-destroy"):
        terraform.apply()


def _holds_objects(bucket: str) -> bool:
    """Whether there is any object, or an older version of one."""
    path = f"storage/v1/b/{quote(bucket, safe='')}/o?versions=true&maxResults=1"
    try:
        return bool(ask("storage", path, access_token()).get("items"))
    except NotThere:
        return False


def _empty(bucket: str) -> None:
    if _holds_objects(bucket):
        print(f"Emptying {bucket}.", flush=True)
        gcloud("storage", "rm", "--recursive", "--all-versions", f"gs://{bucket}/**", seconds=24 * 3600)
