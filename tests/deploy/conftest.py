"""The commands on a tree of their own, before stand-ins of Google's APIs."""

import shutil
from collections.abc import Iterator

import pytest

from tests.deploy.google import Google, google
from tests.deploy.trees import PROJECT, STATE, Tree, copy_tree
from tests.gcs_server import Fault


@pytest.fixture(scope="module")
def cloud() -> Iterator[Google]:
    for tool in ("gcloud", "terraform"):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool}: see docs/deploy.md")
    with google() as server:
        server.add_secret("# NAME:ROLE:SHA256, a line for each key\n")
        yield server


@pytest.fixture(scope="module")
def tree(cloud: Google, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    folder = tmp_path_factory.mktemp("deploy")
    (folder / "token").write_text("ya29.well-formed")
    logged_in = {"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(folder / "token")}
    return copy_tree(folder / "tree", {**cloud.environment, **logged_in})


@pytest.fixture(scope="module")
def interrupted(cloud: Google, tree: Tree) -> str:
    """What an attempt says that gets no further than to the bucket of the state, in another region."""
    cloud.plan.request, cloud.plan.faults = f"POST /upload/storage/v1/b/{STATE}/", [Fault.UNAVAILABLE_BEFORE]
    done = tree.make("deploy", PROJECT, "REGION=us-central1")
    assert done.returncode != 0
    assert STATE in cloud.project.buckets
    return done.stderr


@pytest.fixture(scope="module")
def first(cloud: Google, tree: Tree, interrupted: str) -> str:
    """What the first `make deploy` to come through prints, after a `make plan` that changes nothing."""
    assert "storage.googleapis.com refuses" in interrupted
    before = len(cloud.writes)
    planned = tree.make("plan", PROJECT)
    assert planned.returncode == 0, planned.stderr
    assert "Nothing is deployed in my-photos-1 yet" in planned.stdout
    assert "will be created" in planned.stdout
    assert len(cloud.writes) == before
    done = tree.make("deploy", PROJECT, "REGION=europe-west4", "CORS=https://blog.example.com")
    assert done.returncode == 0, done.stderr
    return done.stdout
