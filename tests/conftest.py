"""Plugins and fixtures of all suites: the backends, and a service on each of them."""

import logging
import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.backends import Backend, Cloud, Embedded
from tests.gcs_server import gcs_server
from tests.harness import Service
from tools.emulators import CannotStart, storage_emulator

pytest_plugins = ("tests.tiers", "tests.skips", "tests.workers", "tests.shared_firestore")

_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest creates its own folder there
_ROOM = 4 << 30
"""In bytes: more than all tests together have needed at the same time so far."""


def _use_memory_for_folders() -> None:
    """Let pytest create its folders in memory if there is room. The suite spent most of its time waiting for the disk.

    No test depends on the difference: a killed process leaves the same files in memory as on a disk.
    """
    with suppress(OSError):
        place = os.statvfs(_MEMORY)
        has_room = place.f_bavail * place.f_frsize >= _ROOM
        if has_room and os.access(_MEMORY, os.W_OK) and not place.f_flag & (os.ST_NOEXEC | os.ST_RDONLY):
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def _keep_bytecode() -> None:
    """Let Python keep compiled modules, also where the environment forbids it: the tests start hundreds of processes,
    and without this each of them compiles the service again.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


_use_memory_for_folders()
_keep_bytecode()
# Without this, each process that a test forks would import these modules, which takes longer than most such tests.
multiprocessing.set_forkserver_preload(
    ["functions.adapters.embedded.bucket", "hypothesis", "local.app", "numpy", "PIL.Image", "pytest", "requests"]
)
# On a busy machine, Hypothesis generates and runs examples slowly. That is not a fault of the code.
settings.register_profile("any machine", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
logging.getLogger("functions").addHandler(logging.NullHandler())  # pytest captures the records


@pytest.fixture(scope="session")
def storage_url() -> Iterator[str]:
    """The URL of the Cloud Storage emulator that the tests of this process share."""
    try:
        with storage_emulator() as url:
            yield url
    except CannotStart as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def embedded() -> Backend:
    return Embedded()


@pytest.fixture(scope="session")
def emulators(firestore_host: str, storage_url: str) -> Iterator[Backend]:
    with closing(Cloud(firestore_host, storage_url)) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def strict(firestore_host: str) -> Iterator[Backend]:
    """The Firestore emulator, and our Cloud Storage server: it enforces preconditions, which the emulator ignores."""
    with gcs_server() as server, closing(Cloud(firestore_host, server.url, server.store)) as cloud:
        yield cloud


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    """The backend of a test's services: the fixture that the parameter names, or `embedded` without a parameter."""
    found: Backend = request.getfixturevalue(getattr(request, "param", "embedded"))
    return found


@pytest.fixture
def service(tmp_path: Path, backend: Backend) -> Iterator[Service]:
    """The whole service in this process. Its events wait until the test delivers them."""
    with Service(tmp_path, backend) as each:
        yield each
