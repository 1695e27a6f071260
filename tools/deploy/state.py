"""The bucket with Terraform's state and the inputs of the last deployment."""

import json
from typing import Any, Final

from tools.deploy.google import InvalidAnswer, NotThere, access_token, ask, gcloud
from tools.deploy.inputs import Inputs
from tools.deploy.processes import Failure

_STATE: Final = "default.tfstate"
"""The name of the object with Terraform's state."""
_KEPT: Final = "inputs.json"
_FUNCTION: Final = "google_cloudfunctions2_function"
_TAINTED: Final = "tainted"
"""The status of a resource whose creation has failed in the middle."""
_LOCK: Final = "default.tflock"
"""The name of the object by which Terraform locks its state."""


def bucket_of(project: str) -> str:
    """The name of the project's bucket."""
    return f"{project}-image-repo-state"


def exists(project: str) -> bool:
    """Whether the bucket exists and is ready. If so, a deployment was started in this project.

    Raises:
        Failure: the bucket belongs to another project, or gcloud fails.
    """
    found = _described(project)
    return found is not None and bool(found.get("versioning_enabled"))


def create(project: str, region: str) -> None:
    """Create the bucket, private and versioned. This takes two steps; a repetition completes them."""
    if _described(project) is None:
        options = ["--uniform-bucket-level-access", "--public-access-prevention"]
        gcloud("storage", "buckets", "create", _url(project), f"--project={project}", f"--location={region}", *options)
    gcloud("storage", "buckets", "update", _url(project), "--versioning")


def kept_inputs(project: str) -> Inputs | None:
    """The inputs of the last deployment, even if it did not finish; None before the first one.

    Raises:
        Failure: they are damaged, or cannot be read.
    """
    try:
        return Inputs.of_variables(ask("storage", _object(project, _KEPT), access_token()))
    except NotThere:
        return None
    except (InvalidAnswer, LookupError, TypeError, AttributeError):
        raise _damaged(project, _KEPT) from None


def keep_inputs(inputs: Inputs) -> None:
    """Save the inputs for the next deployment, which may run on another machine."""
    path = f"upload/storage/v1/b/{bucket_of(inputs.project)}/o?uploadType=media&name={_KEPT}"
    ask("storage", path, access_token(), inputs.as_variables())


def has_functions(project: str, region: str) -> bool:
    """Whether the state has functions in that region that were created to the end."""
    try:
        found = ask("storage", _object(project, _STATE), access_token())
        return any(
            each.get("status") != _TAINTED and each["attributes"].get("location") == region
            for resource in found["resources"]
            if resource["type"] == _FUNCTION
            for each in resource["instances"]
        )
    except NotThere:
        return False
    except (InvalidAnswer, LookupError, TypeError, AttributeError):
        raise _damaged(project, _STATE) from None


def _object(project: str, name: str) -> str:
    """The path of the bytes of an object in the bucket."""
    return f"storage/v1/b/{bucket_of(project)}/o/{name}?alt=media"


def _damaged(project: str, name: str) -> Failure:
    url = f"{_url(project)}/{name}"
    return Failure(
        f"{url} is damaged. The bucket has its earlier versions: gcloud storage ls --all-versions {url} Copy the last "
        f"good one back: gcloud storage cp {url}#GENERATION {url}"
    )


def lock_remedy(project: str) -> str:
    """A sentence about the lock that a killed or disconnected deployment left; empty if there is no lock."""
    try:
        ask("storage", f"storage/v1/b/{bucket_of(project)}/o/{_LOCK}", access_token())
    except Failure:  # there is no lock, or this cannot be checked now
        return ""
    return (
        " Its state is locked. If no other deployment is running, on another machine or on GitHub, the lock is left "
        f"over. Remove it first: gcloud storage rm {_url(project)}/{_LOCK}"
    )


def must_exist(project: str) -> None:
    """Check that something is deployed.

    Raises:
        Failure: nothing is deployed in the project.
    """
    if not exists(project):
        raise Failure(f"Nothing is deployed in {project}. Run: make deploy PROJECT={project}")


def _described(project: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(gcloud("storage", "buckets", "describe", _url(project), "--format=json"))
    except NotThere:
        return None
    return found


def _url(project: str) -> str:
    return f"gs://{bucket_of(project)}"
