"""What all suites share: the plugins, the backends and a service on each of them."""

import logging
import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.backends import Backend, Cloud, Embedded
from tests.gcs_server import gcs_server
from tests.harness import Service
from tools.emulators import CannotStart, firestore_emulator, storage_emulator

pytest_plugins = ("tests.tiers", "tests.skips", "tests.workers")

_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own there
_ROOM = 4 << 30
"""Bytes: more than a run of all tests has ever needed at once."""


def _spare_the_disk() -> None:
    """Let pytest make its folders in memory where it can: most of what the suite took was waiting for the disk.

    No test pulls a machine's plug, so none can tell; processes that are killed leave the same files behind.
    """
    with suppress(OSError):
        place = os.statvfs(_MEMORY)
        if place.f_bavail * place.f_frsize >= _ROOM and not place.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def _keep_bytecode() -> None:
    """Let Python keep compiled modules, also where the environment forbids it: the tests start hundreds of processes,
    and without this each of them compiles the service again.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


_spare_the_disk()
_keep_bytecode()
# A process that a test forks would import these again, which takes longer than most of what the tests do in one.
multiprocessing.set_forkserver_preload(
    ["functions.adapters.embedded.bucket", "hypothesis", "local.app", "numpy", "PIL.Image", "pytest", "requests"]
)
# How fast a busy machine draws and runs examples says nothing about the code.
settings.register_profile("any machine", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
logging.getLogger("functions").addHandler(logging.NullHandler())  # pytest catches what they say


@pytest.fixture(scope="session")
def firestore_host() -> Iterator[str]:
    """`host:port` of a Firestore emulator, one for all tests."""
    yield from _started(firestore_emulator())


@pytest.fixture(scope="session")
def storage_url() -> Iterator[str]:
    """The URL of a Cloud Storage emulator, one for all tests."""
    yield from _started(storage_emulator())


@pytest.fixture(scope="session")
def embedded() -> Backend:
    return Embedded()


@pytest.fixture(scope="session")
def emulators(firestore_host: str, storage_url: str) -> Iterator[Backend]:
    with closing(Cloud(firestore_host, storage_url)) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def strict(firestore_host: str) -> Iterator[Backend]:
    """Firestore's emulator, and a Cloud Storage that enforces preconditions, as the emulator of it does not."""
    with gcs_server() as server, closing(Cloud(firestore_host, server.url)) as cloud:
        yield cloud


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    """What the services of a test stand on: the fixture that the parameter names, the embedded one without any."""
    found: Backend = request.getfixturevalue(getattr(request, "param", "embedded"))
    return found


@pytest.fixture
def service(tmp_path: Path, backend: Backend) -> Iterator[Service]:
    """The whole repository in this process; its events wait until they are delivered."""
    with Service(tmp_path, backend) as each:
        yield each


def _started(emulator: AbstractContextManager[str]) -> Iterator[str]:
    try:
        with emulator as address:
            yield address
    except CannotStart as error:
        pytest.skip(str(error))
