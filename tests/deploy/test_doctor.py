"""`make doctor` with the real gcloud, on a project where nothing is deployed."""

import json
import re
from typing import Any

import pytest

from tests.deploy.google import Google
from tests.deploy.roles import OWNER, roles_in_the_guide
from tests.deploy.trees import PROJECT, STATE, Tree
from tools.deploy.checks import CHECKS, Wish
from tools.deploy.inputs import Inputs
from tools.deploy.processes import Failure, Unchecked
from tools.deploy.state import has_functions, kept_inputs

pytestmark = pytest.mark.timeout(900)  # a command runs several programs, and each needs a second to start

EVERYTHING = ("DOMAIN=photos.example.com", "EMAIL=me@example.com", "GITHUB=me/photos")


def test_the_owner_of_an_empty_project_passes(cloud: Google, tree: Tree) -> None:
    done = tree.make("doctor", PROJECT, *EVERYTHING)
    assert done.returncode == 0, done.stderr
    assert re.search(r"ok +permissions +all \d+ are granted", done.stdout)
    assert "WARNING" not in done.stdout
    assert cloud.writes == []


def test_a_region_where_new_projects_cannot_build_is_a_warning(cloud: Google, tree: Tree) -> None:
    done = tree.make("doctor", PROJECT, "REGION=europe-west4")
    assert done.returncode == 0, done.stderr
    (warning,) = (line for line in done.stdout.splitlines() if "WARNING" in line)
    assert "builds        a new project can build only in asia-east1, australia-southeast1, europe-west1," in warning
    assert "Raise the quota" in warning
    assert cloud.writes == []


@pytest.mark.parametrize("command", ["doctor", "deploy"])
def test_all_problems_are_listed(command: str, cloud: Google, tree: Tree) -> None:
    cloud.project.billing = False
    cloud.project.roles = set(roles_in_the_guide()) - {"roles/iam.roleAdmin"}
    try:
        done = tree.make(command, PROJECT)
    finally:
        cloud.project.billing, cloud.project.roles = True, {OWNER}
    assert done.returncode != 0
    assert cloud.writes == []
    billing, permissions = done.stderr.splitlines()[:2]
    assert "gcloud billing projects link my-photos-1" in billing
    assert "lacks 1 permission in my-photos-1: iam.roles.create." in permissions
    assert "roles/owner" in permissions


def test_the_inputs_of_an_earlier_deployment_apply_unless_they_are_reset(cloud: Google, tree: Tree) -> None:
    kept = Inputs("my-photos-1", domain="photos.example.com", github_repository="me/photos")
    cloud.make_bucket(STATE)
    keep(cloud, "inputs.json", kept.as_variables())
    cloud.project.roles = set(roles_in_the_guide()) - {"roles/iam.workloadIdentityPoolAdmin"}
    try:
        done, without = tree.make("doctor", PROJECT), tree.make("doctor", PROJECT, "DOMAIN=", "GITHUB=")
    finally:
        cloud.project.roles = {OWNER}
    assert (
        "lacks 2 permissions in my-photos-1: iam.googleapis.com/workloadIdentityPoolProviders.create, "
        "iam.googleapis.com/workloadIdentityPools.create."
    ) in done.stderr
    assert without.returncode == 0, without.stderr


FUNCTION = {"type": "google_cloudfunctions2_function", "name": "function"}
HERE, ELSEWHERE = {"location": "europe-west4"}, {"location": "us-central1"}
STATES: dict[str, list[dict[str, Any]]] = {
    "no functions": [{"type": "google_storage_bucket", "instances": [{"attributes": HERE}]}],
    "an interrupted function": [{**FUNCTION, "instances": [{"status": "tainted", "attributes": HERE}]}],
    "a function elsewhere": [{**FUNCTION, "instances": [{"attributes": ELSEWHERE}]}],
    "a function": [{**FUNCTION, "instances": [{"status": "tainted", "attributes": HERE}, {"attributes": HERE}]}],
}


def test_the_warning_stays_until_a_function_was_built_in_the_region(
    cloud: Google, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attempt that failed because of the quota has kept its inputs, and perhaps a state."""
    for name, value in (cloud.environment | dict(tree.environment)).items():
        monkeypatch.setenv(name, value)
    if STATE not in cloud.project.buckets:
        cloud.make_bucket(STATE)
    (builds,) = (each for each in CHECKS if each.name == "builds")
    wish = Wish("my-photos-1", {})
    keep(cloud, "inputs.json", Inputs("my-photos-1", region="europe-west4").as_variables())
    with pytest.raises(Unchecked, match="In europe-west4, the deployment stops in the middle"):
        builds.look(wish)
    for content, resources in STATES.items():
        keep(cloud, "default.tfstate", {"version": 4, "resources": resources})
        if content == "a function":
            assert builds.look(wish) == "in europe-west4, as in the last deployment"
        else:
            with pytest.raises(Unchecked):
                builds.look(wish)


DAMAGED: tuple[object, ...] = (
    [],
    {},
    {"cors_origins": None},
    {"resources": [{}]},
    {"resources": [{**FUNCTION, "instances": [{}]}]},
)


@pytest.mark.parametrize("content", [*map(json.dumps, DAMAGED), "{"])
def test_a_damaged_object_of_the_state_is_named_with_the_way_back(
    content: str, cloud: Google, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (cloud.environment | dict(tree.environment)).items():
        monkeypatch.setenv(name, value)
    if STATE not in cloud.project.buckets:
        cloud.make_bucket(STATE)
    for name, read in (("inputs.json", kept_inputs), ("default.tfstate", lambda each: has_functions(each, "us-west2"))):
        cloud.store.insert(STATE, {"name": name}, content.encode(), "application/json", {})
        with pytest.raises(Failure, match=rf"gs://{STATE}/{name} is damaged\..* gcloud storage ls --all-versions"):
            read("my-photos-1")
        cloud.store.delete(STATE, name, {})


def keep(cloud: Google, name: str, content: object) -> None:
    """Write an object into the bucket of the state."""
    cloud.store.insert(STATE, {"name": name}, json.dumps(content).encode(), "application/json", {})
