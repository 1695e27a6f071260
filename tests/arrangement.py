"""Repositories that are all arranged in the same way, for tests that need a fresh one for each fault."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.backends import Backend
from tests.harness import Service

_FIRST = "arranged"


class Arrangement:
    """Arranges repositories, each in a folder of its own below `folder`.

    If the backend keeps everything in the folder, only the first one is arranged. The others are copies of it.
    """

    def __init__(self, arrange: Callable[[Service], object], folder: Path, backend: Backend) -> None:
        self._arrange = arrange
        self._folder = folder
        self._backend = backend
        if backend.is_in_folder:
            (folder / _FIRST).mkdir()
            with Service(folder / _FIRST, backend) as service:
                arrange(service)

    @contextmanager
    def service(self, name: object) -> Iterator[Service]:
        """A service on another arranged repository."""
        folder = self._folder / str(name)
        if self._backend.is_in_folder:
            shutil.copytree(self._folder / _FIRST, folder)
        with Service(folder, self._backend) as service:
            if not self._backend.is_in_folder:
                self._arrange(service)
            yield service
