"""`make plan` and `make deploy`."""

import os
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from functions.domain.caching import RenditionsCache
from functions.domain.callers import Role
from tools import package
from tools.deploy import doctor, keys, state, trial
from tools.deploy.adoption import adopt
from tools.deploy.checks import Wish
from tools.deploy.diagnostics import Change, is_contention, remedies
from tools.deploy.google import gcloud
from tools.deploy.inputs import Inputs, remember_project
from tools.deploy.processes import Failure
from tools.deploy.terraform import Stopped, Terraform, stateless

_PRECIOUS: Final = {"google_storage_bucket", "google_firestore_database", "google_secret_manager_secret"}
"""Types of resources whose deletion would delete images, their catalog or the keys."""
_FIRST_APIS: Final = ("cloudresourcemanager", "serviceusage", "iam", "storage")
"""The APIs that Terraform itself uses before it can enable others."""
_ATTEMPTS: Final = 4
"""The most attempts to create the indexes."""
_PAUSE: Final = 60.0
"""Seconds between two of these attempts."""
_FIRST_KEY: Final = "admin"
_CACHE: Final = "RENDITIONS_CACHE"
"""The setting of the functions that decides the headers of thumbnails."""
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
    earlier = terraform.outputs()
    if last is not None:
        _stay(earlier, last, inputs)
        adopt(terraform, inputs)
    changed = terraform.plan(inputs)
    if changed:
        changes = terraform.changes()
        _keep_what_is_precious(changes)
        _say(f"Applying: {_summary(changes)}.")
        state.keep_inputs(inputs)
        _apply(terraform, inputs, changes)
    found = terraform.outputs()
    _report(found, project, changed=changed)
    _mention_headers(earlier, found, project)
    if smoke:
        trial.try_out(project, found)


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
        raise Failure("\n".join(wrong))


def _begin(inputs: Inputs) -> None:
    """Create what Terraform needs for its first run. A repetition does no harm."""
    _say(f"Enabling the APIs that Terraform needs, and creating its bucket {state.bucket_of(inputs.project)}.")
    services = [f"{each}.googleapis.com" for each in _FIRST_APIS]
    gcloud("services", "enable", *services, f"--project={inputs.project}", seconds=180)
    state.create(inputs.project, inputs.region)
    state.keep_inputs(inputs)


def _apply(terraform: Terraform, inputs: Inputs, changes: list[Change]) -> None:
    """Apply the saved plan. If Firestore can only create some of the indexes now, create the others later.

    Raises:
        Failure: Terraform stopped. The message has the remedies of the errors that have a known one.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            terraform.apply()
        except Stopped as stopped:
            if attempt == _ATTEMPTS or not is_contention(stopped.error):
                raise Failure(f"{stopped}{remedies(stopped.error, changes, inputs)}") from None
            _say(f"Firestore cannot create all indexes at the same time. Trying again in {_PAUSE:.0f} seconds.")
            time.sleep(_PAUSE)
            terraform.plan(inputs)
        else:
            return


def _stay(earlier: Mapping[str, Any], last: Inputs, inputs: Inputs) -> None:
    """Refuse another region while anything is deployed. A failed or destroyed deployment does not fix the region."""
    if inputs.region != last.region and earlier:
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


def _mention_headers(earlier: Mapping[str, Any], found: Mapping[str, Any], project: str) -> None:
    """Show the command that gives existing thumbnails the headers that new ones have, if these have changed."""
    before, now = (each.get("environment", {}).get(_CACHE) for each in (earlier, found))
    if earlier and now and now != before:
        _say(
            "Thumbnails have another Cache-Control now. Existing ones keep the old one until you run: gcloud storage "
            f"objects update 'gs://{found['renditions_bucket']}/**' --project={project} "
            f"--cache-control='{RenditionsCache(now).header}' (docs/deploy.md, Deleted photos in caches)"
        )


def _report(found: dict[str, Any], project: str, *, changed: bool) -> None:
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
