"""`make plan` and `make deploy`."""

import os
from collections import Counter
from typing import Final

from functions.domain.callers import Role
from tools import package
from tools.deploy import databases, doctor, keys, state, trial
from tools.deploy.checks import Wish
from tools.deploy.google import gcloud
from tools.deploy.inputs import Inputs, remember_project
from tools.deploy.processes import Failure
from tools.deploy.terraform import Change, Terraform, stateless

_PRECIOUS: Final = {"google_storage_bucket", "google_firestore_database", "google_secret_manager_secret"}
"""Types of resources whose deletion would delete images, their catalog or the keys."""
_FIRST_APIS: Final = ("cloudresourcemanager", "serviceusage", "iam", "storage")
"""The APIs that Terraform itself uses before it can enable others."""
_FIRST_KEY: Final = "admin"
_SHOWN: Final = {"api": "base_url", "page": "page_url", "drop": "dropbox_bucket", "charts": "dashboard_url"}
_MOVE: Final = "To move, deploy to another project and copy the originals: docs/deploy.md, Move it."


def plan(wish: Wish) -> None:
    """`make plan`: print what `make deploy` would do.

    Raises:
        Failure: a check fails, or Terraform does.
    """
    _must_be_well(wish)
    project = wish.named()
    package.build()
    last = state.kept_inputs(project)
    if last is not None:
        terraform = Terraform(project)
        _say(f"Comparing this checkout with the deployment in {project}. Nothing is changed.")
        terraform.init()
        terraform.plan(last.with_given(wish.given))
        terraform.show_plan()
        return
    _say(f"Nothing is deployed in {project} yet. This is what `make deploy` would create. Nothing is changed.")
    with stateless() as folder:
        terraform = Terraform(project, folder, charged=False)
        terraform.init(local=True)
        terraform.plan(Inputs(project).with_given(wish.given))
        terraform.show_plan()


def deploy(wish: Wish, *, smoke: bool = False) -> None:
    """`make deploy`: make the project agree with this checkout and the inputs, and print its addresses.

    Args:
        wish: the project and the inputs.
        smoke: try the deployment in the end.

    Raises:
        Failure: a check fails, Terraform does, or a bucket or a database would be deleted; the trial fails.
    """
    _must_be_well(wish)
    project = wish.named()
    last = state.kept_inputs(project)
    inputs = (last or Inputs(project)).with_given(wish.given)
    _say(f"Deploying to {project} in {inputs.region}.")
    remember_project(project)
    if last is None:
        _begin(inputs)
    _say("Building the archives of the functions.")
    package.build()
    _say("Planning the changes with Terraform.")
    terraform = Terraform(project)
    terraform.init()
    if last is not None:
        _stay(terraform, last, inputs)
        databases.adopt(terraform, inputs)
    changed = terraform.plan(inputs)
    if changed:
        changes = terraform.changes()
        _keep_what_is_precious(changes)
        _say(f"Applying: {_summary(changes)}.")
        state.keep_inputs(inputs)
        terraform.apply()
    _report(terraform, project, changed=changed)
    if smoke:
        trial.try_out(project, terraform.outputs())


def url(project: str, found: dict[str, str | None]) -> None:
    """`make url`: print the addresses, and the other outputs that the maintainer needs."""
    print(f"  project {project}")
    for name, output in _SHOWN.items():
        if found.get(output):
            print(f"  {name:8}{found[output]}")
    if found.get("address"):
        print(f"Set the A record of the domain to {found['address']}. Its certificate is ready about an hour later.")
    if found.get("github_provider"):
        print(f"Set these variables in the GitHub repository:\n  PROJECT={project}")
        print(f"  PROVIDER={found['github_provider']}\n  ACCOUNT={found['github_account']}")


def _must_be_well(wish: Wish) -> None:
    wrong = doctor.examine(wish)
    if wrong:
        raise Failure(wrong[0])


def _begin(inputs: Inputs) -> None:
    """Create what Terraform needs for its first run. A repetition does no harm."""
    _say(f"Enabling the APIs that Terraform needs, and creating its bucket {state.bucket_of(inputs.project)}.")
    services = [f"{each}.googleapis.com" for each in _FIRST_APIS]
    gcloud("services", "enable", *services, f"--project={inputs.project}", seconds=180)
    state.create(inputs.project, inputs.region)
    state.keep_inputs(inputs)


def _stay(terraform: Terraform, last: Inputs, inputs: Inputs) -> None:
    """Refuse another region while anything is deployed. A failed or destroyed deployment does not fix the region."""
    if inputs.region != last.region and terraform.outputs():
        raise Failure(f"{last.project} is deployed in {last.region}, and a bucket cannot move. Omit REGION. {_MOVE}")


def _keep_what_is_precious(changes: list[Change]) -> None:
    lost = [each.address for each in changes if "delete" in each.actions and each.type in _PRECIOUS]
    if lost:
        raise Failure(f"This would delete {', '.join(lost)} with all data. Nothing was changed. {_MOVE}")


def _summary(changes: list[Change]) -> str:
    """The number of changes of each kind, as in `create 3 (google_storage_bucket.originals, …)`."""
    counts = Counter("replace" if len(each.actions) > 1 else each.actions[0] for each in changes)
    names = [each.address for each in changes]
    some = f" ({', '.join(names)})" if len(names) <= 6 else ""  # noqa: PLR2004 - what fits a line or two
    return ", ".join(f"{action} {count}" for action, count in counts.items()) + some or "outputs only"


def _report(terraform: Terraform, project: str, *, changed: bool) -> None:
    found = terraform.outputs()
    if not changed:
        _say("Nothing has changed.")
    if keys.any_in(project, found["keys_secret"]):
        url(project, found)
        _say("`make keys` lists the keys, `make key NAME=… ROLE=uploader` creates one.")
        return
    if os.environ.get("CI") == "true":  # a key must not be in its log
        url(project, found)
        _say("There is no key yet. Create one on your own machine: make key NAME=… ROLE=admin")
        return
    _say(f"Creating the first key, {_FIRST_KEY}.")
    key = keys.make(project, found["keys_secret"], _FIRST_KEY, Role.ADMIN)
    _say("It works within a minute. It is shown only once:\n")
    url(project, {**found, "page_url": f"{found['page_url']}#key={key}"})
    print(f"  key     {key}\n\nTry it:  curl -F image=@docs/sea.jpg -H 'X-API-Key: {key}' {found['base_url']}/upload")


def _say(sentence: str) -> None:
    print(sentence, flush=True)
