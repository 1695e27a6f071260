"""`make destroy`."""

from urllib.parse import quote

from tools import package
from tools.deploy import state
from tools.deploy.google import NotThere, access_token, ask, gcloud
from tools.deploy.inputs import Inputs
from tools.deploy.processes import Failure
from tools.deploy.terraform import Terraform


def destroy(project: str, confirmed: str | None) -> None:
    """Take everything down that `make deploy` made.

    Args:
        project: where it is.
        confirmed: name of the bucket of originals, typed by somebody who means to delete them too.

    Raises:
        Failure: it still holds images, or Terraform fails.
    """
    state.must_exist(project)
    terraform = Terraform(project)
    terraform.init()
    found = terraform.outputs()
    buckets = [found[each] for each in ("originals_bucket", "dropbox_bucket", "renditions_bucket") if each in found]
    kept = [each for each in buckets if each != found.get("renditions_bucket") and _holds_objects(each)]
    if kept and confirmed != found["originals_bucket"]:
        raise Failure(
            f"{' and '.join(kept)} still hold images, so that nothing was done. Copy them first, "
            f"`gcloud storage cp -r gs://{kept[0]} .`, then say that they may go: "
            f"make destroy PROJECT={project} CONFIRM={found['originals_bucket']}"
        )
    print(f"Deleting everything that was deployed in {project}, images and keys included.", flush=True)
    for each in buckets:
        _empty(each)
    _take_down(terraform, project)
    print(
        f"Done. These stay: the bucket {state.bucket_of(project)} with Terraform's history, the APIs that were on, and "
        "for 7 days or more what Cloud Storage keeps of deleted originals. Nothing of it costs more than cents; "
        f"`gcloud projects delete {project}` removes it all."
    )


def _take_down(terraform: Terraform, project: str) -> None:
    """Twice, since what protects the databases and the keys from being deleted has to go first."""
    inputs = state.kept_inputs(project) or Inputs(project)
    package.build()
    for arguments in (["-var=protect=false"], ["-var=protect=false", "-destroy"]):
        if terraform.plan(inputs, *arguments):
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
