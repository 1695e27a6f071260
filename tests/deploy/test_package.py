"""The archives: the same on every machine, named by their content, with what their function can import."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import grimp
import pytest

from functions.routes import FUNCTIONS, Function
from tests.processes import ROOT
from tools.modules import imported
from tools.package import archive, build, contents

IMPORTED_BY_MAIN = {"functions.routes", "functions.web.framework", "functions.web.logs"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the files that archives can have, as on another machine: with other times and modes."""
    copy = tmp_path / "elsewhere"
    shutil.copytree(ROOT / "functions", copy / "functions")
    for name in ("main.py", "requirements.txt"):
        shutil.copyfile(ROOT / name, copy / name)
    for file in (each for each in copy.rglob("*") if each.is_file()):
        file.chmod(0o600)
        os.utime(file, (1_000_000_000, 1_000_000_000))
    return copy


def changed_by(tree: Path, file: str) -> set[str]:
    """The names of the functions whose archives differ after a change to that file."""
    before = {each.name: archive(tree, each.entry_point) for each in FUNCTIONS}
    with (tree / file).open("a") as text:
        text.write("# changed\n")
    return {each.name for each in FUNCTIONS if archive(tree, each.entry_point) != before[each.name]}


def test_two_machines_make_the_same_archives(tree: Path, tmp_path: Path) -> None:
    here, there = build(ROOT, tmp_path / "here"), build(tree, tmp_path / "there")
    assert {each.name for each in here.values()} == {each.name for each in there.values()}
    for name, path in here.items():
        assert path.read_bytes() == there[name].read_bytes()


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_an_archive_holds_what_its_function_can_import_and_nothing_else(function: Function, tmp_path: Path) -> None:
    """grimp, which finds imports independently of our code, finds the same modules."""
    graph = grimp.build_graph("functions", cache_dir=None)
    roots = {f"functions.entrypoints.{function.entry_point}", *IMPORTED_BY_MAIN}
    modules = roots.union(*(graph.find_upstream_modules(each) for each in roots))
    packages = {".".join(each.split(".")[:end]) for each in modules for end in range(1, each.count(".") + 1)}
    # The import of a module also runs the imports of its package's __init__.
    modules |= packages.union(*(graph.find_upstream_modules(each) for each in packages))
    expected = {path_of(each) for each in modules} | {"main.py", "requirements.txt"}
    with zipfile.ZipFile(build(ROOT, tmp_path)[function.name]) as file:
        assert set(file.namelist()) == expected


def path_of(module: str) -> str:
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return file.relative_to(ROOT).as_posix()


def test_a_changed_use_case_changes_only_its_functions(tree: Path) -> None:
    assert changed_by(tree, "functions/services/browse.py") == {"list"}
    assert changed_by(tree, "functions/imaging/renditions.py") == {"make-thumbnails"}


def test_a_change_of_the_routes_or_the_requirements_changes_all_functions(tree: Path) -> None:
    everything = {each.name for each in FUNCTIONS}
    assert changed_by(tree, "functions/routes.py") == everything
    assert changed_by(tree, "requirements.txt") == everything


def test_an_outdated_archive_is_removed(tree: Path, tmp_path: Path) -> None:
    old = build(tree, tmp_path / "build")
    (tree / "functions/services/browse.py").write_text((tree / "functions/services/browse.py").read_text() + "#\n")
    new = build(tree, tmp_path / "build")
    assert {name for name in old if old[name] != new[name]} == {"list"}
    assert set((tmp_path / "build").glob("*.zip")) == set(new.values())


def test_every_import_statement_counts(tmp_path: Path) -> None:
    source = "import a.b\nfrom c import d\ndef f():\n    if True:\n        from e.g import h as i\n    import j as k\n"
    assert imported(source, tmp_path) == {"a.b", "c", "c.d", "e.g", "e.g.h", "j"}
    with pytest.raises(ValueError, match="the import is relative"):
        imported("from . import a", tmp_path)


def test_gcloud_would_upload_the_files_of_all_archives() -> None:
    """The real gcloud evaluates `.gcloudignore`, without a login."""
    if shutil.which("gcloud") is None:
        pytest.skip("gcloud is not installed. Install it: https://cloud.google.com/sdk/docs/install")
    command = ["gcloud", "meta", "list-files-for-upload"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    union = {path.as_posix() for each in FUNCTIONS for path in contents(ROOT, each.entry_point)}
    assert set(listed.split()) == union
