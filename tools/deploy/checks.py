"""What a deployment needs, and how each lack is mended."""

import json
import re
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import urlencode

from tools.deploy import state
from tools.deploy.databases import existing
from tools.deploy.google import access_token, ask, gcloud, reach
from tools.deploy.inputs import Inputs, named_project
from tools.deploy.permissions import ALWAYS, WITH_DOMAIN, WITH_GITHUB
from tools.deploy.processes import Failure, run
from tools.deploy.terraform import INFRA

_OLDEST_TERRAFORM: Final = (1, 9)
_BATCH: Final = 30
"""Services that Service Usage tells of at once."""


class Wish(NamedTuple):
    """What is to be deployed where: the project as it was typed, if it was, and the inputs by their names."""

    project: str | None
    given: dict[str, str]

    def named(self) -> str:
        """The project.

        Raises:
            Failure: none is named, or it is no project id.
        """
        return named_project(self.project)


class Check(NamedTuple):
    """One thing to look at, and the checks without which it makes no sense.

    Attributes:
        look: says what it found; raises Failure with what is wrong and what to do.
    """

    name: str
    look: Callable[[Wish], str]
    needs: tuple[str, ...] = ()


def _terraform(wish: Wish) -> str:
    del wish
    remedy = "Install version 1.9 or newer: https://developer.hashicorp.com/terraform/install"
    try:
        version = str(json.loads(run("terraform", "version", "-json", seconds=20).output)["terraform_version"])
    except (Failure, ValueError, LookupError):
        raise Failure(f"There is no Terraform that runs. {remedy}") from None
    if tuple(int(each) for each in re.findall(r"\d+", version)[:2]) < _OLDEST_TERRAFORM:
        raise Failure(f"Terraform {version} is too old. {remedy}")
    return version


def _gcloud(wish: Wish) -> str:
    del wish
    try:
        ended = run("gcloud", "version", "--format=json", seconds=20)
        versions = json.loads(ended.output)
        found = str(versions["Google Cloud SDK"])
    except (Failure, ValueError, LookupError):
        raise Failure(
            "There is no gcloud that runs. Install it (https://cloud.google.com/sdk/docs/install), and log in: "
            "gcloud auth login"
        ) from None
    if "beta" not in versions:  # infra/agents.tf asks for Eventarc's account by it
        raise Failure("gcloud lacks its beta commands. Install them: gcloud components install beta")
    return found


def _inputs(wish: Wish) -> str:
    inputs = Inputs(wish.named()).with_given(wish.given)
    return f"project {inputs.project}, region {wish.given.get('region') or 'as deployed, or ' + inputs.region}"


def _network(wish: Wish) -> str:
    del wish
    reach()
    return "Google Cloud answers"


def _login(wish: Wish) -> str:
    """That somebody is logged in, which this machine knows by itself."""
    del wish
    account = _account()
    if not account:
        access_token()
    return account or "by an access token"


def _account() -> str:
    return gcloud("auth", "list", "--filter=status:ACTIVE", "--format=value(account)")


def _project(wish: Wish) -> str:
    project = wish.named()
    access_token()  # an expired login has a remedy of its own
    try:
        found = json.loads(gcloud("projects", "describe", project, "--format=json", seconds=30))
    except Failure as failure:
        raise Failure(
            f"There is no project {project}, or {_account() or 'this login'} may not see it ({failure}). "
            f"Create it with `gcloud projects create {project}`, or log in as somebody who may: gcloud auth login"
        ) from None
    if found.get("lifecycleState") != "ACTIVE":
        raise Failure(f"The project {project} is being deleted. Bring it back: gcloud projects undelete {project}")
    return str(found.get("name") or project)


def _billing(wish: Wish) -> str:
    project = wish.named()
    try:
        said = gcloud("billing", "projects", "describe", project, "--format=value(billingEnabled)", seconds=30)
    except Failure as failure:
        if "has not been used" in str(failure):  # by whom a service account asks: the project itself
            return "not looked at: the Cloud Billing API is off"
        raise Failure(
            f"Whether {project} has a billing account cannot be seen ({failure}). "
            f"Look at https://console.cloud.google.com/billing/linkedaccount?project={project}"
        ) from None
    if said.lower() != "true":
        raise Failure(
            f"{project} has no billing account. List yours with `gcloud billing accounts list`, then: "
            f"gcloud billing projects link {project} --billing-account=ACCOUNT"
        )
    return "on"


def _meant(wish: Wish) -> Inputs:
    """What would be deployed: what is typed, over what an earlier deployment kept, where that can be read."""
    project = wish.named()
    try:
        kept = state.kept_inputs(project)
    except Failure:  # not ours to read yet, which the permissions tell
        kept = None
    return (kept or Inputs(project)).with_given(wish.given)


def _apis(wish: Wish) -> str:
    """The APIs that Terraform enables exist for this project, and some are on already."""
    project, token = wish.named(), access_token()
    names = sorted(wanted_apis(_meant(wish)))
    on = 0
    for start in range(0, len(names), _BATCH):
        query = urlencode([("names", f"projects/{project}/services/{each}") for each in names[start : start + _BATCH]])
        try:
            found = ask("serviceusage", f"v1/projects/{project}/services:batchGet?{query}", token)["services"]
        except Failure as failure:
            raise Failure(
                f"The APIs of {project} cannot be looked at ({failure}). "
                f"Try: gcloud services enable serviceusage.googleapis.com --project={project}"
            ) from None
        on += sum(each.get("state") == "ENABLED" for each in found)
    return f"{on} of {len(names)} on; the others are enabled by `make deploy`"


def wanted_apis(inputs: Inputs) -> set[str]:
    """Names of the services that `infra/apis.tf` enables."""
    text = (INFRA / "apis.tf").read_text()
    names = re.findall(r'^\s*"([a-z]+)",', text, re.MULTILINE)
    for variable, name in re.findall(r'var\.(\w+) == null \? \[\] : \["([a-z]+)"\]', text):
        names += [name] if getattr(inputs, variable) else []
    return {f"{each}.googleapis.com" for each in names}


def _permissions(wish: Wish) -> str:
    project = wish.named()
    inputs = _meant(wish)
    wanted = [*ALWAYS, *(WITH_DOMAIN if inputs.domain else ()), *(WITH_GITHUB if inputs.github_repository else ())]
    path = f"v1/projects/{project}:testIamPermissions"
    granted = ask("cloudresourcemanager", path, access_token(), {"permissions": wanted}).get("permissions", [])
    lacking = sorted(set(wanted) - set(granted))
    if lacking:
        who = _account()
        member = f"{'serviceAccount' if who.endswith('.gserviceaccount.com') else 'user'}:{who or 'YOUR-ADDRESS'}"
        raise Failure(
            f"{who or 'This login'} lacks {len(lacking)} permissions in {project}: {', '.join(lacking)}. "
            f"An owner can run: gcloud projects add-iam-policy-binding {project} --member={member} --role=roles/owner"
        )
    return f"all {len(wanted)} of them"


def _databases(wish: Wish) -> str:
    """Before the first deployment there is none of ours, so that one by its name is somebody else's."""
    project = wish.named()
    if state.kept_inputs(project) is not None:
        return "those of the deployment"
    names = " and ".join(existing(project).values())
    if names:
        raise Failure(
            f"{project} has a Firestore database of its own already, {names}. "
            "Use a project of its own for Image Repo: gcloud projects create ANOTHER-PROJECT"
        )
    return "none yet"


CHECKS: Final = (
    Check("terraform", _terraform),
    Check("gcloud", _gcloud),
    Check("inputs", _inputs),
    Check("login", _login, ("gcloud",)),
    Check("network", _network),
    Check("project", _project, ("inputs", "login", "network")),
    Check("billing", _billing, ("project",)),
    Check("APIs", _apis, ("project",)),
    Check("permissions", _permissions, ("project",)),
    Check("databases", _databases, ("permissions",)),
)
