from pathlib import Path

import pytest

from functions.adapters.key_file import KeyFile
from tests.services.keys.key_files import ONE, TWO, Clock, names


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mounted" / "keys"
    path.parent.mkdir()
    path.write_text(f"{ONE}\n{TWO}\n")
    return path


@pytest.fixture
def file(path: Path, clock: Clock) -> KeyFile:
    """A key file whose keys were read once."""
    file = KeyFile(path, clock=clock)
    assert names(file) == ["a", "b"]
    return file
