"""The first deployment to an empty project and the next ones, with the real gcloud and Terraform over stand-in APIs."""

import re

import pytest

from functions.domain.callers import Role
from tests.deploy.deployment import api_key, deploy, state
from tests.deploy.google import Google
from tests.deploy.project import Project
from tests.deploy.trees import STATE, Tree
from tools.deploy import keys

pytestmark = pytest.mark.timeout(900)  # a command runs several programs, and each needs a second to start

FIRESTORE = "firestore.googleapis.com"


def test_the_first_deployment_prints_addresses_and_a_key_that_is_stored_as_a_hash(cloud: Google, first: str) -> None:
    assert re.search(r"api +https://europe-west4-my-photos-1\.cloudfunctions\.net$", first, re.MULTILINE)
    shown = re.search(r"page +https://page\.example\.com/#key=(\S{24})$", first, re.MULTILINE)
    assert shown is not None
    kept = keys.parse(cloud.secret_text()).keys
    assert kept == (api_key("admin", Role.ADMIN, shown[1]),)
    assert shown[1] not in cloud.secret_text()
    assert [each["state"] for each in cloud.project.versions] == ["DISABLED", "ENABLED"]


def test_an_interrupted_attempt_does_not_fix_the_region(cloud: Google, first: str) -> None:
    assert "Deploying to my-photos-1 in europe-west4." in first
    assert cloud.project.buckets[STATE]["location"].lower() == "us-central1"


def test_the_state_is_kept_in_a_private_versioned_bucket(cloud: Google, first: str) -> None:
    assert first
    bucket = cloud.project.buckets[STATE]
    assert bucket["versioning"] == {"enabled": True}
    assert bucket["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    assert bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"]
    assert state(cloud)["resources"]


def test_a_second_deployment_changes_nothing_and_needs_no_inputs(cloud: Google, tree: Tree, first: str) -> None:
    """It uses the region, the origins and the project of the first one."""
    assert "Nothing has changed." not in first
    before = len(cloud.writes)
    output = deploy(tree)
    assert "Nothing has changed." in output
    assert "https://europe-west4-my-photos-1.cloudfunctions.net" in output
    assert "#key=" not in output
    assert cloud.writes[before:] == []


def test_a_deployment_stays_in_its_region(tree: Tree, first: str) -> None:
    assert first
    done = tree.make("deploy", "REGION=us-east1")
    assert done.returncode != 0
    assert "is deployed in europe-west4" in done.stderr


def test_a_project_with_a_database_of_another_service_is_not_changed(cloud: Google, tree: Tree) -> None:
    before, deployed = cloud.writes, cloud.project
    cloud.project = Project("other-photos-1", enabled={FIRESTORE}, databases={"(default)"})
    try:
        outputs = [tree.make(each, "PROJECT=other-photos-1").stderr for each in ("doctor", "deploy")]
    finally:
        cloud.project = deployed
    for each in outputs:
        assert "Firestore database that Image Repo did not create: (default). Use a project of its own" in each
    assert cloud.writes == before


def test_a_permission_that_google_does_not_know_does_not_stop_a_deployment(
    cloud: Google, tree: Tree, first: str
) -> None:
    assert first
    cloud.project.renamed = {"datastore.schemas.create"}
    try:
        doctor, deployed = tree.make("doctor"), deploy(tree)
    finally:
        cloud.project.renamed = set()
    assert doctor.returncode == 0, doctor.stderr
    for each in (doctor.stdout, deployed):
        assert re.search(r"WARNING +permissions +cannot check datastore\.schemas\.create \(", each)


def test_the_message_about_a_missing_project_names_it(cloud: Google, tree: Tree) -> None:
    before = cloud.writes
    done = tree.make("deploy", "PROJECT=no-such-project")
    assert done.returncode != 0
    assert "There is no project no-such-project" in done.stderr.splitlines()[0]
    assert cloud.writes == before
