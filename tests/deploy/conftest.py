"""The commands on a tree of their own, before stand-ins of Google's APIs."""

import shutil
from collections.abc import Iterator

import pytest

from tests.deploy.google import Google, google
from tests.deploy.trees import Tree, copy_tree


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
