"""The client as users install it: `pip install ./client`, and `make upload`."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import image_repo
from image_repo.sync.results import State
from tests.client.tool import Tool
from tests.photos import jpeg, photo
from tests.processes import KEY, ROOT, Runner, free_port

CLIENT = ROOT / "client"


def test_pip_installs_the_command_and_the_package(tmp_path: Path) -> None:
    shutil.copytree(CLIENT, tmp_path / "client", ignore=shutil.ignore_patterns("__pycache__"))
    install = ["install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index", "--target", "there", "./client"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    subprocess.run([sys.executable, "-m", "pip", *install], cwd=tmp_path, env=environment, check=True, timeout=60)
    there = tmp_path / "there"
    assert python_files(there / "image_repo") == python_files(CLIENT / "image_repo")
    shown = subprocess.run(
        [there / "bin/image-repo", "--help"],
        env={**os.environ, "PYTHONPATH": str(there)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    assert shown.startswith("usage: image-repo")


def python_files(folder: Path) -> set[Path]:
    return {each.relative_to(folder) for each in folder.rglob("*.py")}


def test_the_version_is_the_same_everywhere(tool: Tool) -> None:
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]
    assert project["version"] == image_repo.__version__
    assert tool.run("--version").stdout == f"image-repo {image_repo.__version__}\n"


def test_urllib3_1_is_not_accepted_because_it_takes_an_incomplete_body_for_a_complete_one() -> None:
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]
    assert "urllib3>=2" in project["dependencies"]


def test_the_packages_that_make_installs_are_pinned_with_hashes_as_for_the_service() -> None:
    pins = [_pins(ROOT / name) for name in ("client/requirements.txt", "requirements.txt", "requirements-dev.txt")]
    client, *others = pins
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text())
    required = {re.split(r"[<>=]", each)[0] for each in project["project"]["dependencies"]}
    assert required | {"flit-core"} <= set(client)
    for other in others:
        assert all(client[name] == version for name, version in other.items() if name in client)


def _pins(path: Path) -> dict[str, str]:
    text = path.read_text()
    found = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))
    assert text.count("--hash=sha256:") >= len(found) > 0
    return found


class TestMakeUpload:
    @pytest.fixture(autouse=True)
    def no_settings(self, tool: Tool) -> None:
        tool.environment = {"IMAGE_REPO_API": "", "IMAGE_REPO_KEY": ""}

    def run(self, tool: Tool, *variables: str) -> subprocess.CompletedProcess[str]:
        command, environment = tool.make_upload(*variables), tool.variables()
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def test_uploads_a_folder_of_any_name(self, tool: Tool, runner: Runner, photos: Path) -> None:
        folder = photos / 'it\'s "here" & there'
        folder.mkdir()
        (folder / "made.jpg").write_bytes(jpeg(photo(64, 48, seed=8000)))
        variables = [f"DIR={folder}", f"API={runner.address}", f"KEY={KEY}", "ALBUM=The sea, again", "TAGS=a b,c"]
        done = self.run(tool, *variables)
        assert done.returncode == 0, done.stderr
        assert "1 stored" in done.stdout
        tool.environment = {}
        (image,) = tool.images("--album", "The sea, again")
        assert (image["filename"], image["tags"]) == ("made.jpg", ["a b", "c"])

    def test_uses_the_development_key_of_the_local_runner(
        self, tool: Tool, runner: Runner, photos: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data/development-key").write_text(f"{KEY}\n")
        (photos / "local.jpg").write_bytes(jpeg(photo(64, 48, seed=8001)))
        done = self.run(tool, f"DIR={photos}", f"DATA={tmp_path / 'data'}", f"PORT={runner.port}")
        assert "1 stored" in done.stdout, done.stderr
        elsewhere = self.run(tool, f"DIR={photos}", f"DATA={tmp_path / 'data'}", "API=https://example.org")
        assert "needs an API key" in elsewhere.stderr.splitlines()[0]

    def test_reports_what_is_missing(self, tool: Tool, photos: Path) -> None:
        closed = f"http://127.0.0.1:{free_port()}"
        for variables, message in {
            (): "DIR is missing. Give a folder: make upload DIR=~/photos",
            (f"DIR={photos}/gone", "KEY=k"): "does not exist. Give the path of a file or folder.",
            (f"DIR={photos}", "KEY=k", f"API={closed}"): f"No answer from {closed}",
        }.items():
            done = self.run(tool, *variables)
            first, *rest = done.stderr.splitlines()
            assert done.returncode != 0
            assert message in first
            assert all(each.startswith("make: ***") for each in rest)


def test_every_option_and_every_state_is_documented(tool: Tool) -> None:
    page = (ROOT / "docs/client.md").read_text()
    for command in ("upload", "list", "random", "get", "delete", "stats"):
        shown = tool.run(command, "--help").stdout
        options = set(re.findall(r"(?<!\S)--[a-z-]+", shown)) - {"--help", "--output"}
        assert f"{command} " in page
        assert {each for each in options if each not in page} == set()
    assert all(f'"{state}": ' in page for state in State)
