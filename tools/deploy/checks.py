"""The checks that a project and this machine are ready for a deployment, each with its remedy."""

import json
import re
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import urlencode

from tools.deploy import access, state
from tools.deploy.databases import existing
from tools.deploy.google import access_token, account, ask, gcloud, reach
from tools.deploy.inputs import Inputs, named_project
from tools.deploy.names import INFRA, resource_names
from tools.deploy.processes import Failure, Unchecked, run
from tools.deploy.regions import BUILD_REGIONS, build_quota

_OLDEST_TERRAFORM: Final = (1, 9)
_BATCH: Final = 30
"""The most services that Service Usage takes in one request."""


class Wish(NamedTuple):
    """What a command asks for: the project, if it was typed, and the inputs by their names."""

    project: str | None
    given: dict[str, str]

    def named(self) -> str:
        """The project.

        Raises:
            Failure: no project is named, or its id is invalid.
        """
        return named_project(self.project)


class Check(NamedTuple):
    """One check, and the names of the checks that must pass before it.

    Attributes:
        look: returns what it found. It raises Failure with what is wrong and what to do, or Unchecked if the check is
            not possible and a deployment can continue.
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
        raise Failure(f"Terraform is missing or does not run. {remedy}") from None
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
            "gcloud is missing or does not run. Install it (https://cloud.google.com/sdk/docs/install), and log in: "
            "gcloud auth login"
        ) from None
    if "beta" not in versions:  # infra/agents.tf creates Eventarc's account with a beta command
        raise Failure("gcloud lacks its beta commands. Install them: gcloud components install beta")
    return found


def _inputs(wish: Wish) -> str:
    inputs = Inputs(wish.named()).with_given(wish.given)
    return f"project {inputs.project}, region {wish.given.get('region') or 'as deployed, or ' + inputs.region}"


def _names(wish: Wish) -> str:
    del wish
    found = resource_names()
    return f"{found.name}, and {found.catalog_database} for the catalog"


def _network(wish: Wish) -> str:
    del wish
    reach()
    return "Google Cloud answers"


def _login(wish: Wish) -> str:
    """Check that gcloud has an account or an access token, without the network."""
    del wish
    who = account()
    if not who:
        access_token()
    return who or "by an access token"


def _project(wish: Wish) -> str:
    project = wish.named()
    access_token()  # its error for an expired login has a better remedy than the one below
    try:
        found = json.loads(gcloud("projects", "describe", project, "--format=json", seconds=30))
    except Failure as failure:
        raise Failure(
            f"There is no project {project}, or {account() or 'this account'} has no access to it ({failure}). "
            f"Create it: gcloud projects create {project}. Or log in with another account: gcloud auth login"
        ) from None
    if found.get("lifecycleState") != "ACTIVE":
        raise Failure(f"The project {project} is marked for deletion. Restore it: gcloud projects undelete {project}")
    return str(found.get("name") or project)


def _billing(wish: Wish) -> str:
    project = wish.named()
    try:
        enabled = gcloud("billing", "projects", "describe", project, "--format=value(billingEnabled)", seconds=30)
    except Failure as failure:
        if "has not been used" in str(failure):  # a service account can use it only if its own project has enabled it
            raise Unchecked(
                "cannot check: the Cloud Billing API is not enabled. To check it, first run: "
                f"gcloud services enable cloudbilling.googleapis.com --project={project}"
            ) from None
        raise Failure(
            f"The billing account of {project} cannot be checked ({failure}). "
            f"Check it at https://console.cloud.google.com/billing/linkedaccount?project={project}"
        ) from None
    if enabled.lower() != "true":
        raise Failure(
            f"{project} has no billing account. List yours with `gcloud billing accounts list`, then run: "
            f"gcloud billing projects link {project} --billing-account=ACCOUNT"
        )
    return "on"


def _planned(wish: Wish) -> Inputs:
    """The inputs of this deployment: those that are typed, over those of the last deployment if they can be read."""
    project = wish.named()
    try:
        kept = state.kept_inputs(project)
    except Failure:  # the account may not read them, which the check of permissions reports
        kept = None
    return (kept or Inputs(project)).with_given(wish.given)


def _builds(wish: Wish) -> str:
    """Check that a new project can build functions in the region. Functions that exist there were built there.

    An attempt that failed because of the quota has kept its inputs too, so the inputs show nothing.
    """
    inputs = _planned(wish)
    if inputs.region in BUILD_REGIONS:
        return f"every project can build in {inputs.region}"
    if state.has_functions(inputs.project, inputs.region):
        return f"in {inputs.region}, as in the last deployment"
    raise Unchecked(
        f"a new project can build only in {', '.join(sorted(BUILD_REGIONS))}. In {inputs.region}, the deployment stops "
        f"in the middle unless the quota was raised. {build_quota(inputs.project, inputs.region)} "
        f"Or use one of those regions."
    )


def _apis(wish: Wish) -> str:
    """Check that the APIs that Terraform enables exist for this project; count those that are on."""
    project, token = wish.named(), access_token()
    names = sorted(wanted_apis(_planned(wish)))
    on = 0
    for start in range(0, len(names), _BATCH):
        query = urlencode([("names", f"projects/{project}/services/{each}") for each in names[start : start + _BATCH]])
        try:
            found = ask("serviceusage", f"v1/projects/{project}/services:batchGet?{query}", token)["services"]
        except Failure as failure:
            raise Failure(
                f"The APIs of {project} cannot be listed ({failure}). "
                f"Try: gcloud services enable serviceusage.googleapis.com --project={project}"
            ) from None
        on += sum(each.get("state") == "ENABLED" for each in found)
    return f"{on} of {len(names)} on; `make deploy` enables the others"


def wanted_apis(inputs: Inputs) -> set[str]:
    """The names of the services that `infra/apis.tf` enables."""
    text = (INFRA / "apis.tf").read_text()
    names = re.findall(r'^\s*"([a-z]+)",', text, re.MULTILINE)
    for variable, name in re.findall(r'var\.(\w+) == null \? \[\] : \["([a-z]+)"\]', text):
        names += [name] if getattr(inputs, variable) else []
    return {f"{each}.googleapis.com" for each in names}


def _permissions(wish: Wish) -> str:
    return access.check(_planned(wish))


def _databases(wish: Wish) -> str:
    """Check that no other service's database has one of our names; before the first deployment, none is ours."""
    project = wish.named()
    if state.kept_inputs(project) is not None:
        return "those of the deployment"
    names = " and ".join(existing(project).values())
    if names:
        raise Failure(
            f"{project} already has a Firestore database that Image Repo did not create: {names}. "
            "Use a project of its own for Image Repo: gcloud projects create ANOTHER-PROJECT"
        )
    return "none yet"


CHECKS: Final = (
    Check("terraform", _terraform),
    Check("gcloud", _gcloud),
    Check("inputs", _inputs),
    Check("names", _names, ("terraform",)),
    Check("login", _login, ("gcloud",)),
    Check("network", _network),
    Check("project", _project, ("inputs", "login", "network")),
    Check("billing", _billing, ("project",)),
    Check("APIs", _apis, ("project",)),
    Check("permissions", _permissions, ("project",)),
    Check("builds", _builds, ("permissions",)),
    Check("databases", _databases, ("permissions", "names")),
)
