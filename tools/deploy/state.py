"""The bucket that holds Terraform's state, and with it the inputs of the last deployment."""

import json
from typing import Any, Final

from tools.deploy.google import NotThere, access_token, ask, gcloud
from tools.deploy.inputs import Inputs
from tools.deploy.processes import Failure

_LOCK: Final = "default.tflock"
"""What Terraform names it in the bucket."""


def bucket_of(project: str) -> str:
    """Its name."""
    return f"{project}-image-repo-state"


def exists(project: str) -> bool:
    """Whether it is there and ready, which is whether anything was ever deployed.

    Raises:
        Failure: somebody else has that name, or gcloud fails.
    """
    found = _described(project)
    return found is not None and bool(found.get("versioning_enabled"))


def create(project: str, region: str) -> None:
    """Create it, private and versioned, which takes two steps; what a repetition finds of them it leaves."""
    if _described(project) is None:
        options = ["--uniform-bucket-level-access", "--public-access-prevention"]
        gcloud("storage", "buckets", "create", _url(project), f"--project={project}", f"--location={region}", *options)
    gcloud("storage", "buckets", "update", _url(project), "--versioning")


def kept_inputs(project: str) -> Inputs | None:
    """What the last deployment was given, finished or not; None before the first was begun."""
    try:
        kept = ask("storage", f"storage/v1/b/{bucket_of(project)}/o/inputs.json?alt=media", access_token())
    except NotThere:
        return None
    return Inputs.of_variables(kept)


def keep_inputs(inputs: Inputs) -> None:
    """Keep them for the next deployment, from whatever machine that comes."""
    path = f"upload/storage/v1/b/{bucket_of(inputs.project)}/o?uploadType=media&name=inputs.json"
    ask("storage", path, access_token(), inputs.as_variables())


def lock_remedy(project: str) -> str:
    """What to do about the lock, if there is one: a deployment that is killed or loses the network leaves it behind."""
    try:
        ask("storage", f"storage/v1/b/{bucket_of(project)}/o/{_LOCK}", access_token())
    except Failure:  # there is none, or nobody can tell now
        return ""
    return (
        " Its state is locked. If no other deployment runs, from another machine or from GitHub, the lock was left "
        f"behind; take it away first: gcloud storage rm {_url(project)}/{_LOCK}"
    )


def must_exist(project: str) -> None:
    """Return when something is deployed.

    Raises:
        Failure: nothing is.
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
