"""A deployment is taken down: its images stay unless their bucket is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploy.deployment import deploy, state
from tests.deploy.google import Google
from tests.deploy.trees import Tree

pytestmark = pytest.mark.timeout(900)  # on a busy machine; a command is several programs

ORIGINALS = "my-photos-1-image-repo-originals"


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


def test_images_are_destroyed_by_their_buckets_name_alone(cloud: Google, tree: Tree, first: str) -> None:
    """The tests of this file depend on each other: together they take the deployment down."""
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
