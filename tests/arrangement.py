"""Repositories that are all arranged in the same way, for tests that need a fresh one for each fault."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.backends import Backend, Existing
from tests.harness import Service


class Arrangement:
    """Arranges one repository in a folder below `folder`. Each service gets a copy of it, in a folder of its own."""

    def __init__(self, arrange: Callable[[Service], object], folder: Path, backend: Backend) -> None:
        self._folder = folder
        self._backend = backend
        self._first = folder / "arranged"
        self._first.mkdir()
        with Service(self._first, backend) as service:
            arrange(service)

    @contextmanager
    def service(self, name: object) -> Iterator[Service]:
        """A service on another arranged repository."""
        folder = self._folder / str(name)
        with Service(folder, Existing(self._backend.copy(self._first, folder))) as service:
            yield service
