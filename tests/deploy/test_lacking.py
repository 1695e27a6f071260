"""`make doctor` and `make deploy` where something is missing: a sentence with its remedy, soon, and nothing changed."""

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.deploy.trees import PROJECT, Tree, copy_tree
from tools.deploy.inputs import Inputs, named_project
from tools.deploy.processes import Failure

SOON = 30
"""Seconds, on a machine that is busy with other tests."""

LACKING = {
    "terraform": ("Install version 1.9 or newer: https://developer.hashicorp.com/terraform/install", [PROJECT]),
    "gcloud": ("log in: gcloud auth login", [PROJECT]),
    "a project": ("PROJECT=my-project (`gcloud projects list` shows those you have).", []),
    "login": ("Run: gcloud auth login", [PROJECT]),
    "network": ("Check the network, and HTTPS_PROXY if you use one.", [PROJECT]),
}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Without a route to Google, whatever the machine has: a proxy that nobody listens at."""
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    return copy_tree(tmp_path / "tree", nowhere)


def path_without(program: str, folder: Path) -> str:
    """A PATH with all that this one has, but for one program."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for each in Path(place).iterdir() if Path(place).is_dir() else ():
            link = folder / each.name
            if each.name != program and not link.is_symlink():
                link.symlink_to(each)
    return str(folder)


def log_in(tree: Tree, folder: Path) -> Tree:
    """With a token that looks right, of which nobody can know that it is none without asking Google."""
    token = folder / "token"
    token.write_text("ya29.well-formed")
    return Tree(tree.folder, {**tree.environment, "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token)})


@pytest.mark.parametrize("what", LACKING)
def test_what_is_missing_is_one_sentence_with_its_remedy(what: str, tree: Tree, tmp_path: Path) -> None:
    for tool in {"terraform", "gcloud"} - {what}:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed. Install it: see docs/deploy.md")
    remedy, arguments = LACKING[what]
    if what != "login":
        tree = log_in(tree, tmp_path)
    path = path_without(what, tmp_path / "bin") if what in {"terraform", "gcloud"} else None
    for command in ("doctor", "deploy"):
        before, began = tree.files(), time.monotonic()
        done = tree.make(command, *arguments, path=path)
        assert time.monotonic() - began < SOON
        assert done.returncode != 0
        said = [each for each in done.stderr.splitlines() if not each.startswith("make: ***")]
        assert any(each.endswith(remedy) for each in said), done.stderr
        # The doctor also finds that nothing here reaches Google; a deployment stops at the first of them.
        assert len(said) == (1 if command == "deploy" or what == "network" else 2), said
        assert "Traceback" not in done.stderr
        assert tree.files() == before


BAD = {
    ("region", "europe-west-1"): "REGION=europe-west-1 is no region",
    ("domain", "https://photos.example.com"): "DOMAIN takes a bare host name",
    ("cors_origins", "blog.example.com"): "CORS takes origins",
    ("alert_email", "me"): "EMAIL takes an address",
    ("github_repository", "image-repo"): "GITHUB takes OWNER/NAME",
}


@pytest.mark.parametrize(("variable", "value"), BAD)
def test_what_cannot_be_meant_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(Failure, match=f"^{BAD[variable, value]}"):
        Inputs("my-photos-1").with_given({variable: value})


def test_a_project_has_to_look_like_one() -> None:
    assert named_project("my-photos-1") == "my-photos-1"
    for each in ("My_Project", "short", "9-photos", "a-name-that-is-longer-than-they-are"):
        with pytest.raises(Failure, match="is no project id"):
            named_project(each)


@pytest.mark.parametrize("command", ["url", "keys", "destroy", "logs", "key", "key-revoke"])
def test_the_other_commands_say_it_too(command: str, tree: Tree) -> None:
    done = tree.make(command, PROJECT)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 2
    assert "cannot be reached" in done.stderr


def test_an_apostrophe_in_what_is_typed_is_a_letter_like_any_other(tree: Tree) -> None:
    done = tree.make("doctor", PROJECT, "EMAIL=o'brien at home")
    assert """EMAIL takes an address, such as me@example.com, not "o'brien at home".""" in done.stderr


def test_a_memory_of_the_last_project_that_is_damaged_names_none(tree: Tree) -> None:
    (tree.folder / ".deploy.env").write_bytes(b"PROJECT=my-\xff\xfe\n")
    assert "is no project id" in tree.make("doctor").stderr


def test_what_the_environment_happens_to_hold_is_no_input(tree: Tree) -> None:
    """NAME and EMAIL are set on many machines, for other ends."""
    guessed = Tree(tree.folder, {**tree.environment, "PROJECT": "someones-project", "EMAIL": "no address"})
    done = guessed.make("doctor")
    assert "Name your Google Cloud project" in done.stderr
    assert "EMAIL" not in done.stderr
