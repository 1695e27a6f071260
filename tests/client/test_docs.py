"""docs/client.md: its program runs as printed, and it describes all methods and errors."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import image_repo
from image_repo import Client, ImageRepoError
from tests.client.tool import Tool, a_photo, printed_program, put
from tests.processes import ROOT

PAGE = (ROOT / "docs/client.md").read_text()
PROGRAM = printed_program(PAGE)


def test_the_program_runs_as_printed(tool: Tool, tmp_path: Path) -> None:
    put(tmp_path / "photo.jpg", a_photo(7000))
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    done = subprocess.run(
        command, cwd=tmp_path, env=tool.variables(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    stored, srcset, listed, updated, deleted = done.stdout.splitlines()
    image_id = stored.split()[0]
    assert stored == f"{image_id} 120 90 False"
    assert f"/{image_id}/" in srcset
    assert listed == f"photo.jpg {tool.api}/fetch/{image_id}"
    assert updated == "By the sea ('sea',) None"
    assert deleted.startswith("404 image_not_found ")


METHODS = [name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")]


SHORT = {"image_id": "id", "ticket_id": "id", "sha256": "hashes"}


@pytest.mark.parametrize("name", sorted({*METHODS} - {"close"}))
def test_every_method_is_in_the_table_with_its_arguments(name: str) -> None:
    (written,) = re.findall(rf"^\|[^|]*`{name}\(([^)]*)\)`", PAGE, re.MULTILINE)
    documented = [each.strip(" =") for each in written.split(",")]
    arguments = [SHORT.get(each, each) for each in [*inspect.signature(getattr(Client, name)).parameters][1:]]
    if documented[-1] == "…":
        documented.pop()
        arguments = arguments[: len(documented)]
    assert documented == arguments


def test_every_error_is_documented() -> None:
    exported = {name: getattr(image_repo, name) for name in image_repo.__all__}
    errors = {name for name, each in exported.items() if inspect.isclass(each) and issubclass(each, ImageRepoError)}
    assert {each for each in errors if f"`{each}`" not in PAGE} == set()
