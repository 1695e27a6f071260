"""Deployments after an interrupted one."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.deploy.deployment import deploy, state
from tests.deploy.google import Google
from tests.deploy.trees import STATE, Tree
from tests.gcs_server import Fault
from tools.deploy.adoption import OUR_REPOSITORY, declared_indexes

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


def forget(cloud: Google, *names: str, but: str = "") -> None:
    """Remove resources with these names from Terraform's state, as the provider does if waiting for them fails."""
    kept = state(cloud)
    for each in kept["resources"]:
        each["instances"] = [
            one for one in each["instances"] if each["name"] not in names or (but and one.get("index_key") == but)
        ]
    kept["resources"] = [each for each in kept["resources"] if each["instances"]]
    cloud.store.insert(STATE, {"name": "default.tfstate"}, json.dumps(kept).encode(), "application/json", {})


def ids(cloud: Google, name: str) -> list[str]:
    """The identities in Terraform's state of the resources with that name."""
    return [
        one["attributes"]["id"]
        for each in state(cloud)["resources"]
        if each["name"] == name
        for one in each["instances"]
    ]


def test_a_database_that_is_missing_in_the_state_is_imported(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    cloud.project.enabled.add(FIRESTORE)
    cloud.project.databases = {"(default)", "image-repo-counters"}
    forget(cloud, "catalog")
    output = deploy(tree)
    assert "An earlier attempt created the Firestore database (default). Importing it into Terraform." in output
    assert "Firestore database image-repo-counters" not in output
    assert ids(cloud, "catalog") == ["projects/my-photos-1/databases/(default)"]
    assert "An earlier attempt" not in deploy(tree)


def test_the_repository_of_images_is_imported_if_it_is_ours(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    forget(cloud, "images")
    cloud.project.repositories = {"europe-west4/image-repo": "Another service's images."}
    assert "An earlier attempt" not in deploy(tree)
    forget(cloud, "images")
    cloud.project.repositories = {"europe-west4/image-repo": OUR_REPOSITORY}
    assert "An earlier attempt created the repository image-repo of container images." in deploy(tree)
    assert ids(cloud, "images") == ["projects/my-photos-1/locations/europe-west4/repositories/image-repo"]


def test_indexes_are_imported_when_firestore_has_built_them(cloud: Google, tree: Tree, first: str) -> None:
    """An index of a large catalog takes longer than Terraform waits. The state has one of the indexes."""
    assert first
    cloud.project.enabled.add(FIRESTORE)
    cloud.project.databases = {"(default)", "image-repo-counters"}
    by_key = {key: remote_index(number, each) for number, (key, each) in enumerate(declared_indexes().items())}
    kept, last = min(by_key), max(by_key)
    cloud.project.indexes = [*by_key.values(), foreign_index()]
    forget(cloud, "index", but=kept)
    by_key[last]["state"] = "CREATING"
    waiting = tree.make("deploy")
    assert waiting.returncode != 0
    assert f"Firestore is still building the index of {last}, which the functions need." in waiting.stderr
    assert "gcloud firestore indexes composite list --database='(default)' --project=my-photos-1" in waiting.stderr
    by_key[last]["state"] = "NEEDS_REPAIR"
    assert "gcloud firestore indexes composite delete" in tree.make("deploy").stderr
    by_key[last]["state"] = "READY"
    assert f"An earlier attempt created the index of {last}. Importing it into Terraform." in deploy(tree)
    assert set(ids(cloud, "index")) > {by_key[key]["name"] for key in by_key if key != kept}
    assert len(ids(cloud, "index")) == len(by_key)
    assert "An earlier attempt" not in deploy(tree)


def remote_index(number: int, declared: Mapping[str, Any]) -> dict[str, Any]:
    """That index as the Firestore API describes it."""
    group = declared["collectionGroup"]
    last = {"fieldPath": "__name__", "order": declared["fields"][-1].get("order", "ASCENDING")}
    return {
        "name": f"projects/my-photos-1/databases/(default)/collectionGroups/{group}/indexes/CICAgO{number}",
        "queryScope": declared["queryScope"],
        "fields": [*declared["fields"], last],
        "state": "READY",
    }


def foreign_index() -> dict[str, Any]:
    """An index that the configuration does not have."""
    fields = [{"fieldPath": "album", "order": "ASCENDING"}, {"fieldPath": "width", "order": "ASCENDING"}]
    return remote_index(99, {"collectionGroup": "images", "queryScope": "COLLECTION", "fields": fields})
