"""`make doctor` with the real gcloud, on a project where nothing is deployed."""

import json
import re

import pytest

from tests.deploy.google import Google
from tests.deploy.roles import OWNER, roles_in_the_guide
from tests.deploy.trees import PROJECT, STATE, Tree
from tools.deploy.inputs import Inputs

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


def test_all_problems_are_listed(cloud: Google, tree: Tree) -> None:
    cloud.project.billing = False
    cloud.project.roles = set(roles_in_the_guide()) - {"roles/iam.roleAdmin"}
    try:
        done = tree.make("doctor", PROJECT)
    finally:
        cloud.project.billing, cloud.project.roles = True, {OWNER}
    assert done.returncode != 0
    billing, permissions = done.stderr.splitlines()[:2]
    assert "gcloud billing projects link my-photos-1" in billing
    assert "lacks 1 permission in my-photos-1: iam.roles.create." in permissions
    assert "roles/owner" in permissions


def test_the_inputs_of_an_earlier_deployment_apply_unless_they_are_reset(cloud: Google, tree: Tree) -> None:
    kept = Inputs("my-photos-1", domain="photos.example.com", github_repository="me/photos")
    cloud.make_bucket(STATE)
    text = json.dumps(kept.as_variables()).encode()
    cloud.store.insert(STATE, {"name": "inputs.json"}, text, "application/json", {})
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
