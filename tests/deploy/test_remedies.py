"""`make deploy` after errors of Terraform that have a known remedy, with the real Terraform."""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.deploy.deployment import deploy
from tests.deploy.trees import Tree
from tools.deploy.regions import BUILD_REGIONS, REGIONS

pytestmark = pytest.mark.timeout(900)  # a command runs several programs, and each needs a second to start

CONTENTION = "googleapi: Error 409: too much contention on these datastore entities. please try again."
NO_BUILDS = (
    "Build failed: FAILED_PRECONDITION: due to quota restrictions, Cloud Build cannot run builds in this region, see "
    "https://cloud.google.com/build/docs/locations#restricted_regions_for_some_projects"
)


@contextmanager
def failing(tree: Tree, *messages: str) -> Iterator[None]:
    """Let each of the next attempts to apply fail with the next message."""
    first = len(list((tree.folder / "infra").glob("failed-*")))
    commands = "; ".join(
        f"test -e failed-{number} || {{ touch failed-{number}; echo {shlex.quote(message)}; exit 1; }}"
        for number, message in enumerate(messages, start=first)
    )
    file = tree.folder / "infra/main.tf"
    text = file.read_text()
    provisioner = f'provisioner "local-exec" {{\n    command = {json.dumps(commands)}\n  }}'
    file.write_text(f'{text}resource "terraform_data" "google_{first}" {{\n  {provisioner}\n}}\n')
    try:
        yield
    finally:
        file.write_text(text)


def test_an_index_that_firestore_refuses_is_created_later(tree: Tree, first: str) -> None:
    assert first
    up = tree.folder / "tools/deploy/up.py"
    text = up.read_text()
    assert "_PAUSE: Final = 60.0" in text
    up.write_text(text.replace("_PAUSE: Final = 60.0", "_PAUSE: Final = 0.0"))
    with failing(tree, CONTENTION, CONTENTION):
        printed = deploy(tree)
    assert printed.count("Firestore cannot create all indexes at the same time. Trying again") == 2


def test_the_error_about_builds_ends_with_its_remedy(tree: Tree, first: str) -> None:
    assert first
    with failing(tree, NO_BUILDS):
        done = tree.make("deploy")
    assert done.returncode != 0
    assert "local-exec provisioner error" in done.stderr
    remedy = [each for each in done.stderr.splitlines() if not each.startswith("make: ***")][-1]
    assert remedy.startswith("Cloud Build cannot run builds in europe-west4 for this project. Raise the quota ")
    assert "cloudbuild.googleapis.com/quotas?project=my-photos-1" in remedy
    assert remedy.endswith("make destroy PROJECT=my-photos-1, then make deploy PROJECT=my-photos-1 REGION=europe-west1")


def test_projects_can_build_in_some_of_the_regions() -> None:
    assert BUILD_REGIONS < REGIONS
