"""`make doctor` and `make deploy` on a machine that lacks something: a message with the remedy, and no change."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.deploy.trees import PROJECT, Tree, copy_tree
from tests.processes import ROOT
from tools.deploy.inputs import Inputs, named_project
from tools.deploy.processes import Failure

LACKING = {
    "terraform": ("Install version 1.9 or newer: https://developer.hashicorp.com/terraform/install", [PROJECT]),
    "gcloud": ("log in: gcloud auth login", [PROJECT]),
    "a project": ("PROJECT=my-project (`gcloud projects list` shows yours).", []),
    "login": ("Run: gcloud auth login", [PROJECT]),
    "network": ("Check the network, and HTTPS_PROXY if you use one.", [PROJECT]),
}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree without access to Google on any machine: nothing listens at the address of its proxy."""
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    return copy_tree(tmp_path / "tree", nowhere)


def path_without(program: str, folder: Path) -> str:
    """A PATH with all programs of the present one, except one. terraform and gcloud write their arguments to a log."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for each in Path(place).iterdir() if Path(place).is_dir() else ():
            link = folder / each.name
            if each.name != program and not link.is_symlink():
                link.symlink_to(each)
    for name in {"terraform", "gcloud"} - {program}:
        script = f'#!/bin/sh\necho {name} "$*" >> {log_of(folder)}\nexec {shutil.which(name)} "$@"\n'
        (folder / name).unlink()
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    log_of(folder).touch()
    return str(folder)


def log_of(folder: Path) -> Path:
    return folder.with_suffix(".log")


def log_in(tree: Tree, folder: Path) -> Tree:
    """The tree with a well-formed token. Only Google could tell that it is not valid."""
    token = folder / "token"
    token.write_text("ya29.well-formed")
    return Tree(tree.folder, {**tree.environment, "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token)})


@pytest.mark.parametrize("what", LACKING)
def test_the_message_has_the_remedy_for_what_is_missing(what: str, tree: Tree, tmp_path: Path) -> None:
    for tool in {"terraform", "gcloud"} - {what}:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed. Install it: see docs/deploy.md")
    remedy, arguments = LACKING[what]
    if what != "login":
        tree = log_in(tree, tmp_path)
    for command in ("doctor", "deploy"):
        before = tree.files()
        path = path_without(what, tmp_path / command)
        done = tree.make(command, *arguments, path=path)
        started = log_of(Path(path)).read_text().splitlines()
        assert len(set(started)) == len(started), "nothing is tried again, so the message comes soon"
        assert done.returncode != 0
        messages = [each for each in done.stderr.splitlines() if not each.startswith("make: ***")]
        assert any(each.endswith(remedy) for each in messages), done.stderr
        # Both also report that Google cannot be reached.
        assert len(messages) == (1 if what == "network" else 2), messages
        assert "Traceback" not in done.stderr
        assert tree.files() == before


BAD = {
    ("region", "europe-west-1"): "REGION must be a region",
    ("domain", "https://photos.example.com"): "DOMAIN must be a host name",
    ("cors_origins", "blog.example.com"): "CORS must be a comma-separated list of origins",
    ("cors_origins", "https://blog.example.com?page=1"): "CORS must be a comma-separated list of origins",
    ("cors_origins", "https://b\u00fccher.example"): "CORS must be a comma-separated list of origins",
    ("alert_email", "me"): "EMAIL must be an e-mail address",
    ("github_repository", "image-repo"): "GITHUB must be OWNER/NAME",
}


@pytest.mark.parametrize(("variable", "value"), BAD)
def test_an_invalid_input_is_refused_with_its_name_and_value(variable: str, value: str) -> None:
    with pytest.raises(Failure, match=f"^{BAD[variable, value]}") as caught:
        Inputs("my-photos-1").with_given({variable: value})
    assert f"not {value!r}." in str(caught.value)


def test_a_malformed_project_id_is_refused() -> None:
    assert named_project("my-photos-1") == "my-photos-1"
    for each in ("My_Project", "short", "9-photos", "a-name-that-is-longer-than-they-are"):
        with pytest.raises(Failure, match=f"PROJECT must be a project id, not '{each}'"):
            named_project(each)


@pytest.mark.parametrize("command", ["url", "keys", "destroy", "logs", "key", "key-revoke"])
def test_the_other_commands_report_a_missing_network_too(command: str, tree: Tree) -> None:
    done = tree.make(command, PROJECT)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 2
    assert "cannot be reached" in done.stderr


IGNORED = {
    ("deploy", "NAME=photos"): "It uses: PROJECT, REGION, DOMAIN, CORS, EMAIL, GITHUB, SMOKE. Another name for the "
    "resources is in a file: echo 'name = \"photos\"' > infra/name.auto.tfvars",
    ("doctor", "NAME="): "infra/name.auto.tfvars",
    ("deploy", "DRY=1"): "`make plan` shows what `make deploy` would change.",
    ("deploy", "KEY=secret"): "It uses: PROJECT, REGION, DOMAIN, CORS, EMAIL, GITHUB, SMOKE.",
    ("keys", "NAME=alice"): "It uses: PROJECT.",
    ("key-revoke", "ROLE=admin"): "It uses: PROJECT, NAME.",
    ("destroy", "REGION=us-west2"): "It uses: PROJECT, CONFIRM.",
}


@pytest.mark.parametrize(("command", "typed"), IGNORED)
def test_an_input_that_a_command_does_not_use_is_refused(command: str, typed: str, tree: Tree) -> None:
    done = tree.make(command, PROJECT, typed)
    assert done.returncode != 0
    sentence = done.stderr.splitlines()[0]
    assert sentence.startswith(f"`make {command}` does not use {typed.partition('=')[0]}. ")
    assert sentence.endswith(IGNORED[command, typed])


@pytest.mark.parametrize("command", ["doctor", "deploy", "keys", "fsck", "reindex", "smoke"])
def test_an_empty_project_is_not_the_last_one_and_not_this_machine(command: str, tree: Tree) -> None:
    (tree.folder / ".deploy.env").write_text(f"{PROJECT}\n")
    stamps = [part for name in (".client", ".runtime") for part in ("-o", f"{sys.prefix}/{name}")]
    done = tree.make(command, "PROJECT=", f"PYTHONPATH={ROOT / 'client'}", *stamps)
    assert done.returncode != 0
    assert "PROJECT is empty. Name your Google Cloud project" in done.stderr


def test_an_input_can_contain_an_apostrophe(tree: Tree) -> None:
    done = tree.make("doctor", PROJECT, "EMAIL=o'brien at home")
    assert """EMAIL must be an e-mail address, such as me@example.com, not "o'brien at home".""" in done.stderr


def test_a_damaged_file_of_the_last_project_is_refused(tree: Tree) -> None:
    (tree.folder / ".deploy.env").write_bytes(b"PROJECT=my-\xff\xfe\n")
    assert "PROJECT must be a project id" in tree.make("doctor").stderr


def test_origins_are_compared_as_browsers_send_them() -> None:
    found = Inputs("my-photos-1").with_given({"cors_origins": "https://Blog.Example.com/, http://localhost:8080"})
    assert found.cors_origins == ("https://blog.example.com", "http://localhost:8080")


def test_a_folder_in_the_place_of_the_file_of_the_last_project_is_named(tree: Tree) -> None:
    (tree.folder / ".deploy.env").mkdir()
    done = tree.make("doctor")
    assert ".deploy.env cannot be read (Is a directory). Delete it, and name the project: PROJECT=…" in done.stderr


def test_variables_of_the_environment_are_not_inputs(tree: Tree) -> None:
    """NAME and EMAIL are set on many machines for other purposes."""
    guessed = Tree(tree.folder, {**tree.environment, "PROJECT": "someones-project", "EMAIL": "not an address"})
    done = guessed.make("doctor")
    assert "Name your Google Cloud project" in done.stderr
    assert "EMAIL" not in done.stderr
