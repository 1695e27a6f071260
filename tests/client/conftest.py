from collections.abc import Iterator
from pathlib import Path

import pytest

from image_repo import Client
from tests.client.tool import Tool
from tests.processes import KEY, Runner, running


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with running(tmp_path_factory.mktemp("runner") / "data") as each:
        yield each


@pytest.fixture
def client(runner: Runner) -> Iterator[Client]:
    with Client(runner.address, KEY) as each:
        yield each


@pytest.fixture
def tool(tmp_path: Path, runner: Runner) -> Tool:
    return Tool(tmp_path / "home", runner.address)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """An empty folder for photos."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder
