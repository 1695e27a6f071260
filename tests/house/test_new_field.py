"""A new field of the description needs a change in only one source file."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT

MODEL = Path("functions/domain/model.py")
ADDED = {
    "    album: str | None = None\n": "    dummy: str | None = None\n",
    "ENTRY: Final = (\n": '    Field("description.dummy", Text(100), "A test.", "x", nullable=True),\n',
}
"""Lines of the model, and the lines of a new field to insert after each."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources in which the model declares one more field."""
    folder = tmp_path_factory.mktemp("sources")
    for name in ("functions", "local", "tools", "tests", "infra"):
        ignored = shutil.ignore_patterns("__pycache__", ".terraform*", "node_modules")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "main.py", folder)
    source = (folder / MODEL).read_text()
    for line, addition in ADDED.items():
        assert source.count(line) == 1
        source = source.replace(line, line + addition)
    (folder / MODEL).write_text(source)
    return folder


def run(folder: Path, module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_new_field_can_be_written_and_read_everywhere(copy: Path) -> None:
    run(copy, "tests.house.new_field")


def test_a_command_exempts_a_new_field_from_indexes(copy: Path) -> None:
    def exempt() -> dict[str, Any]:
        overrides = json.loads((copy / "infra/indexes.json").read_text())["fieldOverrides"]
        return {each["fieldPath"]: each for each in overrides}

    before = exempt()
    run(copy, "tools.indexes")
    added = {"collectionGroup": "images", "fieldPath": "dummy", "indexes": []}
    assert exempt() == before | {"dummy": added}
