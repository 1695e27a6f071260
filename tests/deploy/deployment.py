"""The first deployment to an empty project. Several test files start from it; all processes share one."""

import fcntl
import hashlib
import json
import os
import pickle
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from functions.domain.callers import ApiKey, Caller, Role
from tests.deploy.google import Google, google
from tests.deploy.trees import PROJECT, STATE, Tree, copy_tree
from tests.gcs_server import Fault

_CLOUD, _PRINTED = "cloud.pickle", "printed"


def logged_in_tree(folder: Path, cloud: Google) -> Tree:
    """A copy of this checkout in a new folder. Its commands use that cloud, with a well-formed token."""
    folder.mkdir(exist_ok=True)
    (folder / "token").write_text("ya29.well-formed")
    logged_in = {"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(folder / "token")}
    return copy_tree(folder / "tree", {**cloud.environment, **logged_in})


def restore_first_deployment(cloud: Google, tree: Tree, temporary: pytest.TempPathFactory) -> str:
    """Bring a cloud and a tree to the state after the first deployment. Returns what `make deploy` printed."""
    made = _made_once(temporary)
    cloud.project, cloud.store = pickle.loads((made / _CLOUD).read_bytes())  # noqa: S301 - written below
    shutil.rmtree(tree.folder)
    shutil.copytree(made / "tree", tree.folder, symlinks=True)
    return (made / _PRINTED).read_text()


def deploy(tree: Tree, *arguments: str) -> str:
    """Run `make deploy`, which must succeed. Returns what it prints."""
    done = tree.make("deploy", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def state(cloud: Google) -> Any:
    """Terraform's state."""
    return json.loads(cloud.store.get(STATE, "default.tfstate", {}).data)


def api_key(name: str, role: Role, key: str) -> ApiKey:
    """The entry of a key in the secret."""
    return ApiKey(Caller(name, role), hashlib.sha256(key.encode()).hexdigest())


def _made_once(temporary: pytest.TempPathFactory) -> Path:
    """The folder with a first deployment. The first process makes it, and the others wait."""
    base = temporary.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = shared / "first-deployment"
    with (shared / "first-deployment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / _PRINTED).exists():
            shutil.rmtree(made, ignore_errors=True)
            with google() as cloud:
                printed = _deploy(cloud, logged_in_tree(made, cloud))
                (made / _CLOUD).write_bytes(pickle.dumps((cloud.project, cloud.store)))
            (made / _PRINTED).write_text(printed)
    return made


def _deploy(cloud: Google, tree: Tree) -> str:
    """Make a first deployment, after an interrupted one and a `make plan` that changes nothing. Returns its output.

    The interrupted one creates only the bucket of the state, in another region.
    """
    cloud.add_secret("# NAME:ROLE:SHA256, a line for each key\n")
    cloud.plan.request, cloud.plan.faults = f"POST /upload/storage/v1/b/{STATE}/", [Fault.UNAVAILABLE_BEFORE]
    interrupted = tree.make("deploy", PROJECT, "REGION=us-central1")
    assert interrupted.returncode != 0
    assert "storage.googleapis.com refuses" in interrupted.stderr
    assert STATE in cloud.project.buckets
    before = len(cloud.writes)
    planned = tree.make("plan", PROJECT)
    assert planned.returncode == 0, planned.stderr
    assert "Nothing is deployed in my-photos-1 yet" in planned.stdout
    assert "WARNING" not in planned.stdout
    assert "will be created" in planned.stdout
    assert len(cloud.writes) == before
    printed = deploy(tree, PROJECT, "REGION=europe-west4", "CORS=https://blog.example.com")
    assert re.search(r"WARNING +builds +a new project can build only in ", printed)
    return printed
