"""`make destroy`: it deletes images only if the user names their bucket."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploy.deployment import deploy, state
from tests.deploy.google import Google
from tests.deploy.trees import Tree

pytestmark = pytest.mark.timeout(900)  # a command runs several programs, and each needs a second to start

ORIGINALS = "my-photos-1-image-repo-originals"


@contextmanager
def edited(tree: Tree, in_catalog: str, more: str = "") -> Iterator[None]:
    """Add text to the catalog's database and to the end of the configuration, until the block ends."""
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


def test_images_are_deleted_only_if_their_bucket_is_named(cloud: Google, tree: Tree, first: str) -> None:
    """The tests of this file depend on each other: together they delete the deployment."""
    assert first
    cloud.make_bucket(ORIGINALS)
    cloud.store.insert(ORIGINALS, {"name": "a.jpg"}, b"image", "image/jpeg", {})
    refused = tree.make("destroy")
    assert refused.returncode != 0
    assert f"CONFIRM={ORIGINALS}" in refused.stderr
    assert cloud.store.list(ORIGINALS, {})["items"]


def test_images_stay_if_the_databases_cannot_be_deleted(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    with edited(tree, 'lifecycle {\n precondition {\n condition = var.protect\n error_message = "No."\n }\n }'):
        done = tree.make("destroy", f"CONFIRM={ORIGINALS}")
    assert done.returncode != 0
    assert "terraform plan failed" in done.stderr
    assert cloud.store.list(ORIGINALS, {})["items"]


def test_destroy_works_after_a_deployment_that_failed(cloud: Google, tree: Tree, first: str) -> None:
    """It also works if emptying the buckets takes longer than a token is valid: the rest uses a new token."""
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
    # Firestore deletes these with their database, and refuses most of several requests to delete them at the same time.
    assert "terraform_data.catalog: Destruction complete" in done.stdout
    assert "terraform_data.field" not in done.stdout
    assert "terraform_data.index" not in done.stdout


def test_a_destroyed_deployment_can_be_deployed_in_another_region(tree: Tree, first: str) -> None:
    assert first
    assert "https://us-east1-my-photos-1.cloudfunctions.net" in deploy(tree, "REGION=us-east1")
