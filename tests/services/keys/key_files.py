"""What the tests of key files share."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from functions.adapters.key_file import KeyFile


def sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


ONE, TWO, THREE = (
    f"{name}:{role}:{sha256(name)}" for name, role in (("a", "admin"), ("b", "uploader"), ("c", "uploader"))
)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def names(file: KeyFile) -> list[str]:
    return [each.caller.name for each in file.keys()]  # noqa: SIM118 - not a dictionary


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]


@contextmanager
def missing(path: Path) -> Iterator[None]:
    path.rename(path.with_name("elsewhere"))
    yield
    path.with_name("elsewhere").rename(path)
