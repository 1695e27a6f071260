"""JavaScript, shell scripts and Terraform in `make lint`: mistakes are found, and missing tools are named."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.processes import ROOT
from tools.lint import CHECKS, CannotCheck, check_all, install_node_modules, shell_scripts

REMEDIES = {
    "JavaScript": "node is not installed. Install it: sudo apt install nodejs npm",
    "Shell scripts": "shellcheck is not installed. Install it: sudo apt install shellcheck",
    "Terraform": "terraform is not installed. Install it: https://developer.hashicorp.com/terraform/install",
}
JAVASCRIPT = {
    "frontend/wrong_type.js": '/** @type {number} */\nexport const count = "one";\n',
    "frontend/implicit_any.js": "export const width = (image) => image.width;\n",
    "frontend/may_be_null.js": 'export const text = document.querySelector("p").textContent;\n',
    "frontend/may_be_undefined.js": "/** @param {string[]} list */\nexport const size = (list) => list[0].length;\n",
    "frontend/unused.js": "const unused = 1;\n\nexport {};\n",
    "frontend/badly_formatted.js": "export const count = 'one'\n",
    "frontend/components/no_such_module.js": 'import "./other.js";\n',
    "frontend/style_mistake.css": "a {\n  colour: red;\n}\n",
    "tests/javascript/mistake.test.js": 'Math.max("1");\n',
}
OTHERS = {
    "Shell scripts": ("tools/mistake", "#!/bin/sh\nrm $1\n"),
    "Terraform": ("infra/mistake.tf", "locals {\n    a=1\n}\n"),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the checked files, without installed packages."""
    for name in ("frontend", "tests/javascript", ".ci", "infra"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".terraform*", "__pycache__"))
    for each in ("package.json", "package-lock.json", "tsconfig.json", "biome.jsonc"):
        shutil.copy2(ROOT / each, tmp_path)
    (tmp_path / "tools").mkdir()
    return tmp_path


def run(name: str, tree: Path, *, fix: bool = False) -> bool:
    """Run a check on the copy. Skips the test if the check cannot run on this machine."""
    try:
        if name == "JavaScript":
            install_node_modules(ROOT)
            (tree / "node_modules").symlink_to(ROOT / "node_modules")
        return CHECKS[name](tree, fix=fix)
    except CannotCheck as error:
        pytest.skip(str(error))


def test_mistakes_in_javascript_are_found(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for path, text in JAVASCRIPT.items():
        (tree / path).write_text(text)
    assert not run("JavaScript", tree)
    output = "".join(capfd.readouterr())
    assert [each for each in JAVASCRIPT if Path(each).name not in output] == []
    assert "collection.js" not in output  # this file has no mistakes


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=pytest.mark.terraform if each == "Terraform" else ()) for each in OTHERS]
)
def test_a_mistake_in_shell_or_terraform_is_found(name: str, tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(name, tree)
    path, text = OTHERS[name]
    (tree / path).write_text(text)
    assert not run(name, tree)
    assert path in "".join(capfd.readouterr())


@pytest.mark.terraform
def test_terraform_can_be_formatted(tree: Path) -> None:
    path, text = OTHERS["Terraform"]
    (tree / path).write_text(text)
    assert run("Terraform", tree, fix=True)
    assert (tree / path).read_text() == "locals {\n  a = 1\n}\n"


@pytest.mark.parametrize("in_ci", [True, False], ids=["in CI", "elsewhere"])
def test_a_missing_tool_is_named_and_is_an_error_only_in_ci(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, in_ci: bool
) -> None:
    monkeypatch.setenv("PATH", str(tree))
    monkeypatch.setenv("CI", "true" if in_ci else "")
    assert check_all(tree, fix=False) is not in_ci
    outcome = "failed" if in_ci else "skipped"
    expected = [f"{name}: {outcome}. {remedy}" for name, remedy in REMEDIES.items()]
    assert capsys.readouterr().err.splitlines() == expected


def test_a_failed_installation_by_npm_is_reported_with_its_message(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, script in {"node": "exit 0", "npm": "echo 'npm error network' >&2; exit 1"}.items():
        (tree / "tools" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tree / "tools" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tree / 'tools'}{os.pathsep}{os.defpath}")
    with pytest.raises(CannotCheck, match=r"`npm ci` failed[^\0]*npm error network"):
        install_node_modules(tree)


def test_only_shell_scripts_are_found_and_none_in_virtual_environments(tree: Path) -> None:
    for each in ("node_modules/x", ".venv/bin/x"):
        (tree / each).parent.mkdir(parents=True)
        (tree / each).write_text("#!/bin/sh\n")
    (tree / "tools/script").write_text("#!/usr/bin/env bash\n")
    (tree / "tools/program").write_text("#!/usr/bin/env python3\n")
    assert sorted(map(str, shell_scripts(tree))) == [".ci/run", ".ci/with-python", "tools/script"]


@pytest.mark.parametrize("lock", ["package-lock.json", "tools/bench/package-lock.json"])
def test_a_lock_file_has_hashes_and_names_no_registry(lock: str) -> None:
    packages = json.loads((ROOT / lock).read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert installed
    assert {name for name, package in installed.items() if not package["integrity"].startswith("sha512-")} == set()
    assert {name for name, package in packages.items() if "resolved" in package} == set()
