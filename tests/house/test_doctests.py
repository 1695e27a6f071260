"""The examples in docstrings are true."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from tests.processes import ROOT

PACKAGES = {"functions": ROOT, "local": ROOT, "tools": ROOT, "image_repo": ROOT / "client"}
"""Packages of the project, and the folder that each is imported from."""


def modules_with_examples() -> list[str]:
    found = [(path, top) for name, top in PACKAGES.items() for path in sorted((top / name).rglob("*.py"))]
    return [_module(path, top) for path, top in found if ">>> " in path.read_text()]


def _module(path: Path, top: Path) -> str:
    return ".".join(path.relative_to(top).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("name", modules_with_examples())
def test_every_example_gives_the_result_that_it_shows(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = doctest.testmod(import_module(name))
    assert result.attempted > 0
    assert result.failed == 0, capsys.readouterr().out
