"""From an empty project to a deployment and back, with the real gcloud and the real Terraform over stand-in APIs."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from functions.domain.callers import ApiKey, Caller, Role
from tests.deploy.google import Google, Project
from tests.deploy.trees import STATE, Tree
from tests.gcs_server import Fault
from tools.deploy import keys
from tools.deploy.logs import logs
from tools.deploy.processes import Failure

pytestmark = pytest.mark.timeout(300)  # a command is several programs, each of which takes a second to start

FIRESTORE = "firestore.googleapis.com"
LOCK = "default.tflock"
ORIGINALS = "my-photos-1-image-repo-originals"


def api_key(name: str, role: Role, key: str) -> ApiKey:
    return ApiKey(Caller(name, role), hashlib.sha256(key.encode()).hexdigest())


def state(cloud: Google) -> Any:
    """Terraform's."""
    return json.loads(cloud.store.get(STATE, "default.tfstate", {}).data)


@contextmanager
def edited(tree: Tree, in_catalog: str, more: str = "") -> Iterator[None]:
    """The configuration with something more in the catalog's database, and at its end."""
    file = tree.folder / "infra/main.tf"
    text = file.read_text()
    head = 'resource "terraform_data" "catalog" {'
    assert head in text
    file.write_text(
        text.replace(head + " input = var.protect }", f"{head}\n input = var.protect\n {in_catalog}\n}}") + more
    )
    try:
        yield
    finally:
        file.write_text(text)


def deploy(tree: Tree, *arguments: str) -> str:
    done = tree.make("deploy", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_deployment_ends_with_addresses_and_a_key_that_is_kept_as_a_hash(cloud: Google, first: str) -> None:
    assert re.search(r"api +https://europe-west4-my-photos-1\.cloudfunctions\.net$", first, re.MULTILINE)
    shown = re.search(r"page +https://page\.example\.com/#key=(\S{24})$", first, re.MULTILINE)
    assert shown is not None
    kept = keys.parse(cloud.secret_text()).keys
    assert kept == (api_key("admin", Role.ADMIN, shown[1]),)
    assert shown[1] not in cloud.secret_text()
    assert [each["state"] for each in cloud.project.versions] == ["DISABLED", "ENABLED"]


def test_an_attempt_that_was_interrupted_pins_no_region(cloud: Google, first: str) -> None:
    assert "Deploying to my-photos-1 in europe-west4." in first
    assert cloud.project.buckets[STATE]["location"].lower() == "us-central1"


def test_the_state_is_kept_in_a_private_versioned_bucket(cloud: Google, first: str) -> None:
    assert first
    bucket = cloud.project.buckets[STATE]
    assert bucket["versioning"] == {"enabled": True}
    assert bucket["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    assert bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"]
    assert state(cloud)["resources"]


def test_a_second_deployment_changes_nothing_and_asks_nothing_again(cloud: Google, tree: Tree, first: str) -> None:
    """Not even for the inputs: region and origins hold, and so does the project."""
    assert "Nothing has changed." not in first
    before = len(cloud.writes)
    said = deploy(tree)
    assert "Nothing has changed." in said
    assert "https://europe-west4-my-photos-1.cloudfunctions.net" in said
    assert "#key=" not in said
    assert cloud.writes[before:] == []


def test_a_plan_that_somebody_killed_keeps_nobody_from_planning(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    cloud.store.insert(STATE, {"name": LOCK}, b'{"ID": "1"}', "application/json", {})
    try:
        done = tree.make("plan")
    finally:
        cloud.store.delete(STATE, LOCK, {})
    assert done.returncode == 0, done.stderr


def test_a_changed_function_and_a_changed_input_are_deployed_alone(tree: Tree, first: str) -> None:
    assert first
    with (tree.folder / "functions/services/browse.py").open("a") as file:
        file.write("# changed\n")
    said = deploy(tree, "CORS=")
    assert 'Applying: update 2 (terraform_data.function["list"], terraform_data.page).' in said


def test_a_state_that_could_not_be_saved_is_saved_by_the_next_command(cloud: Google, tree: Tree, first: str) -> None:
    """Else Terraform would make again what is there already."""
    assert first
    cloud.plan.request = f"POST /upload/storage/v1/b/{STATE}/o?alt=json&name=default.tfstate"
    cloud.plan.faults = [Fault.UNAVAILABLE_BEFORE]
    stopped = tree.make("deploy", "CORS=https://unsaved.example.com")
    assert stopped.returncode != 0
    assert "run the same command again, which also saves the state that could not be saved." in stopped.stderr
    assert cloud.plan.faults == []
    assert "https://unsaved.example.com" not in json.dumps(state(cloud))
    said = deploy(tree)
    assert "Saving the state" in said
    assert "Nothing has changed." in said
    assert "https://unsaved.example.com" in json.dumps(state(cloud))
    assert "Saving the state" not in deploy(tree, "CORS=")


def test_a_lock_that_was_left_behind_is_told_with_its_remedy(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    cloud.store.insert(STATE, {"name": LOCK}, b'{"ID": "1"}', "application/json", {})
    try:
        done = tree.make("deploy", "CORS=https://locked.example.com")
    finally:
        cloud.store.delete(STATE, LOCK, {})
    assert done.returncode != 0
    assert f"take it away first: gcloud storage rm gs://{STATE}/{LOCK}" in done.stderr
    deploy(tree, "CORS=")


def test_a_deployment_stays_in_its_region(tree: Tree, first: str) -> None:
    assert first
    done = tree.make("deploy", "REGION=us-east1")
    assert done.returncode != 0
    assert "is deployed in europe-west4" in done.stderr


def test_a_project_with_a_database_of_its_own_is_left_alone(cloud: Google, tree: Tree) -> None:
    before, deployed = cloud.writes, cloud.project
    cloud.project = Project("other-photos-1", enabled={FIRESTORE}, databases={"(default)"})
    try:
        said = [tree.make(each, "PROJECT=other-photos-1").stderr for each in ("doctor", "deploy")]
    finally:
        cloud.project = deployed
    for each in said:
        assert "Firestore database that Image Repo did not create: (default). Use a project of its own" in each
    assert cloud.writes == before


def test_a_database_that_was_made_and_forgotten_is_handed_back_to_terraform(
    cloud: Google, tree: Tree, first: str
) -> None:
    assert first
    cloud.project.enabled.add(FIRESTORE)
    cloud.project.databases = {"(default)", "image-repo-counters"}
    kept = state(cloud)
    kept["resources"] = [each for each in kept["resources"] if each["name"] != "catalog"]
    cloud.store.insert(STATE, {"name": "default.tfstate"}, json.dumps(kept).encode(), "application/json", {})
    said = deploy(tree)
    assert "An earlier attempt made the Firestore database (default): handing it to Terraform." in said
    assert "Firestore database image-repo-counters" not in said
    (catalog,) = (each for each in state(cloud)["resources"] if each["name"] == "catalog")
    assert catalog["instances"][0]["attributes"]["id"] == "projects/my-photos-1/databases/(default)"
    assert "An earlier attempt" not in deploy(tree)


def test_keys_come_and_go_and_two_that_make_them_at_once_lose_none(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    cloud.before_next_version = lambda: cloud.add_secret(f"{cloud.secret_text()}bob:uploader:{'0' * 64}\n")
    made = tree.make("key", "NAME=alice", "ROLE=uploader")
    shown = re.search(r"key +(\S{24})$", made.stdout, re.MULTILINE)
    assert shown is not None, made.stderr
    assert api_key("alice", Role.UPLOADER, shown[1]) in keys.parse(cloud.secret_text()).keys
    assert re.search(r"admin +admin\n +uploader +bob\n +uploader +alice", tree.make("keys").stdout)
    assert tree.make("key-revoke", "NAME=alice").returncode == 0
    assert keys.names_in(cloud.secret_text()) == ["admin", "bob"]
    assert [each["state"] for each in cloud.project.versions].count("ENABLED") == 1


def test_a_key_can_be_revoked_from_a_list_with_damaged_lines(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    good, damaged = f"alice:uploader:{'0' * 64}\n", "not a key\nM\udcfcller:uploader\n"  # \udcfc: a byte of Latin-1
    cloud.add_secret(good + damaged)
    listed = tree.make("keys").stdout
    assert re.search(r"^The API keys of my-photos-1:\n  uploader  alice\n", listed, re.MULTILINE)
    assert "An entry on line 2 of the secret is not NAME:ROLE:SHA256 and is ignored." in listed
    assert "An entry on line 3 of the secret" in listed
    assert "not a key" not in listed
    revoked = tree.make("key-revoke", "NAME=alice")
    assert revoked.returncode == 0, revoked.stderr
    assert cloud.secret_text() == damaged


def test_the_log_of_a_function_is_shown_oldest_first(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    about = {"resource": {"type": "cloud_run_revision", "labels": {"service_name": "upload"}}}
    request = {"requestMethod": "POST", "status": 201, "latency": "0.2s", "requestUrl": "https://x/upload"}
    cloud.project.logged = [
        {**about, "timestamp": "2026-11-20T10:00:00.123Z", "severity": "INFO", "httpRequest": request},
        {**about, "timestamp": "2026-11-20T10:00:01.123Z", "severity": "ERROR", "jsonPayload": {"message": "no disk"}},
    ]
    shown = tree.make("logs", "FUNCTION=upload", "SINCE=2h").stdout.splitlines()[1:]
    assert shown == [
        "2026-11-20T10:00:00Z INFO     POST 201 0.2s https://x/upload",
        "2026-11-20T10:00:01Z ERROR    no disk",
    ]
    with pytest.raises(Failure, match="There are: upload, fetch"):
        logs("my-photos-1", "uplaod", None)
    with pytest.raises(Failure, match="SINCE takes a number"):
        logs("my-photos-1", "upload", "yesterday")


def test_a_permission_that_google_does_not_know_stops_no_deployment(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    cloud.project.renamed = {"datastore.schemas.create"}
    try:
        doctor, deployed = tree.make("doctor"), deploy(tree)
    finally:
        cloud.project.renamed = set()
    assert doctor.returncode == 0, doctor.stderr
    for each in (doctor.stdout, deployed):
        assert re.search(r"WARNING +permissions +cannot check datastore\.schemas\.create \(", each)


def test_a_project_that_is_not_there_is_said_to_be(cloud: Google, tree: Tree) -> None:
    before = cloud.writes
    done = tree.make("deploy", "PROJECT=no-such-project")
    assert done.returncode != 0
    assert "There is no project no-such-project" in done.stderr.splitlines()[0]
    assert cloud.writes == before


def test_images_are_destroyed_by_their_buckets_name_alone(cloud: Google, tree: Tree, first: str) -> None:
    """From here on the tests take the one deployment down."""
    assert first
    cloud.make_bucket(ORIGINALS)
    cloud.store.insert(ORIGINALS, {"name": "a.jpg"}, b"image", "image/jpeg", {})
    refused = tree.make("destroy")
    assert refused.returncode != 0
    assert f"CONFIRM={ORIGINALS}" in refused.stderr
    assert cloud.store.list(ORIGINALS, {})["items"]


def test_images_stay_while_nothing_else_can_be_deleted(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    with edited(tree, 'lifecycle {\n precondition {\n condition = var.protect\n error_message = "No."\n }\n }'):
        done = tree.make("destroy", f"CONFIRM={ORIGINALS}")
    assert done.returncode != 0
    assert "terraform plan failed" in done.stderr
    assert cloud.store.list(ORIGINALS, {})["items"]


def test_what_a_deployment_failed_at_is_not_tried_again_to_take_it_down(cloud: Google, tree: Tree, first: str) -> None:
    """Nor does it matter how long the emptying takes: what comes after has a token of its own."""
    assert first
    token = Path(tree.environment["CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"])

    def log_in_again(bucket: str) -> None:
        if bucket == ORIGINALS:
            token.write_text("ya29.later")

    cloud.before_deletion = log_in_again
    says = 'provisioner "local-exec" {\n when = destroy\n command = "printenv GOOGLE_OAUTH_ACCESS_TOKEN > token"\n }'
    fails = 'resource "terraform_data" "broken" {\n provisioner "local-exec" { command = "false" }\n }\n'
    with edited(tree, says, fails):
        assert tree.make("deploy").returncode != 0
        done = tree.make("destroy", f"CONFIRM={ORIGINALS}")
    assert done.returncode == 0, done.stderr
    assert (tree.folder / "infra/token").read_text() == "ya29.later\n"
    assert "items" not in cloud.store.list(ORIGINALS, {})
    assert state(cloud)["resources"] == []
    assert "These stay" in done.stdout


def test_what_was_taken_down_may_come_back_in_another_region(tree: Tree, first: str) -> None:
    assert first
    assert "https://us-east1-my-photos-1.cloudfunctions.net" in deploy(tree, "REGION=us-east1")
