"""Fixtures that run the commands in a copy of the checkout, with stand-ins for Google's APIs."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.deployment import logged_in_tree, restore_first_deployment
from tests.deploy.gcloud import preloaded_gcloud
from tests.deploy.google import Google, google
from tests.deploy.trees import Tree


@pytest.fixture(scope="session")
def gcloud_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """The folder of a gcloud that starts quickly; None if gcloud is not installed."""
    if shutil.which("gcloud") is None:
        yield None
        return
    with preloaded_gcloud(tmp_path_factory.mktemp("gcloud")) as folder:
        yield folder


@pytest.fixture(scope="module", autouse=True)
def quick_gcloud(gcloud_folder: Path | None) -> Iterator[None]:
    """Start that gcloud in all tests of this folder."""
    with pytest.MonkeyPatch.context() as patch:
        if gcloud_folder is not None:
            patch.setenv("PATH", str(gcloud_folder), prepend=os.pathsep)
        yield


@pytest.fixture(scope="module")
def cloud() -> Iterator[Google]:
    for tool in ("gcloud", "terraform"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed. Install it: see docs/deploy.md")
    with google() as server:
        server.add_secret("# NAME:ROLE:SHA256, a line for each key\n")
        yield server


@pytest.fixture(scope="module")
def tree(cloud: Google, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return logged_in_tree(tmp_path_factory.mktemp("deploy"), cloud)


@pytest.fixture(scope="module")
def first(cloud: Google, tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The state after the first deployment; what `make deploy` printed then."""
    return restore_first_deployment(cloud, tree, tmp_path_factory)
