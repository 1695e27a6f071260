"""Deployments after an interrupted one."""

import json

import pytest

from tests.deploy.deployment import deploy, state
from tests.deploy.google import Google
from tests.deploy.trees import STATE, Tree
from tests.gcs_server import Fault

pytestmark = pytest.mark.timeout(900)  # a command runs several programs, and each needs a second to start

FIRESTORE = "firestore.googleapis.com"
LOCK = "default.tflock"


def test_a_lock_that_was_left_behind_does_not_stop_a_plan(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    cloud.store.insert(STATE, {"name": LOCK}, b'{"ID": "1"}', "application/json", {})
    try:
        done = tree.make("plan")
    finally:
        cloud.store.delete(STATE, LOCK, {})
    assert done.returncode == 0, done.stderr


def test_only_a_changed_function_and_a_changed_input_are_deployed(tree: Tree, first: str) -> None:
    assert first
    with (tree.folder / "functions/services/browse.py").open("a") as file:
        file.write("# changed\n")
    output = deploy(tree, "CORS=")
    assert 'Applying: update 2 (terraform_data.function["list"], terraform_data.page).' in output


def test_a_state_that_could_not_be_saved_is_saved_by_the_next_command(cloud: Google, tree: Tree, first: str) -> None:
    """Without the saved state, Terraform would create existing resources a second time."""
    assert first
    cloud.plan.request = f"POST /upload/storage/v1/b/{STATE}/o?alt=json&name=default.tfstate"
    cloud.plan.faults = [Fault.UNAVAILABLE_BEFORE]
    stopped = tree.make("deploy", "CORS=https://unsaved.example.com")
    assert stopped.returncode != 0
    assert "run the same command again, which also saves the state that could not be saved." in stopped.stderr
    assert cloud.plan.faults == []
    assert "https://unsaved.example.com" not in json.dumps(state(cloud))
    output = deploy(tree)
    assert "Saving the state" in output
    assert "Nothing has changed." in output
    assert "https://unsaved.example.com" in json.dumps(state(cloud))
    assert "Saving the state" not in deploy(tree, "CORS=")


def test_the_message_about_a_lock_that_was_left_behind_has_the_remedy(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    cloud.store.insert(STATE, {"name": LOCK}, b'{"ID": "1"}', "application/json", {})
    try:
        done = tree.make("deploy", "CORS=https://locked.example.com")
    finally:
        cloud.store.delete(STATE, LOCK, {})
    assert done.returncode != 0
    assert f"Remove it first: gcloud storage rm gs://{STATE}/{LOCK}" in done.stderr
    deploy(tree, "CORS=")


def test_a_database_that_is_missing_in_the_state_is_imported(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    cloud.project.enabled.add(FIRESTORE)
    cloud.project.databases = {"(default)", "image-repo-counters"}
    kept = state(cloud)
    kept["resources"] = [each for each in kept["resources"] if each["name"] != "catalog"]
    cloud.store.insert(STATE, {"name": "default.tfstate"}, json.dumps(kept).encode(), "application/json", {})
    output = deploy(tree)
    assert "An earlier attempt created the Firestore database (default). Importing it into Terraform." in output
    assert "Firestore database image-repo-counters" not in output
    (catalog,) = (each for each in state(cloud)["resources"] if each["name"] == "catalog")
    assert catalog["instances"][0]["attributes"]["id"] == "projects/my-photos-1/databases/(default)"
    assert "An earlier attempt" not in deploy(tree)
