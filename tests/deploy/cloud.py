"""Run every function as Google Cloud does: its own unpacked archive, its own process, and only its requirements."""

import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from functions.routes import FUNCTIONS, Function
from tests.processes import free_port
from tools.emulators import Hosts

KEY = "deployed-key"
_START = 60.0


class CannotInstall(Exception):
    """The requirements cannot be installed. The message is the installer's."""


def environment(folder: Path, requirements: Path) -> Path:
    """Create a virtual environment with only these requirements. Returns the folder of its commands.

    Raises:
        CannotInstall: a requirement cannot be downloaded, or does not match its hash.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--python", str(folder)]
    command = [*uv, "--require-hashes", "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise CannotInstall(done.stderr.strip())
    return folder / "bin"


@dataclass(frozen=True)
class Cloud:
    """The address of each function by its name, and the Cloud Storage that they share."""

    addresses: Mapping[str, str]
    storage: str
    buckets: Mapping[str, str]

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request with a key to the function whose name is the first segment of the path."""
        address = self.addresses[path.split("/")[1].partition("?")[0]]
        options.setdefault("headers", {"X-API-Key": KEY})
        return requests.request(method, f"{address}{path}", timeout=60, allow_redirects=False, **options)

    def object(self, role: str, name: str) -> requests.Response:
        """The resource of an object, which is what events contain; 404 if there is no such object."""
        url = f"{self.storage}/storage/v1/b/{self.buckets[role]}/o/{quote(name, safe='')}"
        return requests.get(url, timeout=10)

    def tell(self, function: Function, resource: Mapping[str, Any]) -> requests.Response:
        """Send the function an event about that object, as Eventarc does."""
        assert function.trigger is not None
        headers = {
            "ce-id": secrets.token_hex(8),
            "ce-specversion": "1.0",
            "ce-type": function.trigger.event_type,
            "ce-source": f"//storage.googleapis.com/projects/_/buckets/{self.buckets[function.trigger.bucket]}",
            "ce-subject": f"objects/{resource['name']}",
            "ce-time": "2026-11-20T12:00:00Z",
            "Content-Type": "application/json",
        }
        return requests.post(self.addresses[function.name], json.dumps(resource), headers=headers, timeout=60)


@contextmanager
def cloud(archives: Mapping[str, Path], commands: Path, hosts: Hosts, folder: Path) -> Iterator[Cloud]:
    """Run all functions, with empty buckets and an empty catalog, until the block ends."""
    buckets = {each: f"{each}-{secrets.token_hex(4)}" for each in ("originals", "renditions", "dropbox")}
    for name in buckets.values():
        requests.post(f"{hosts.storage}/storage/v1/b?project=demo", json={"name": name}, timeout=10).raise_for_status()
    settings = {
        **hosts.variables,
        **{f"{role.upper()}_BUCKET": name for role, name in buckets.items()},
        "BACKEND": "gcp",
        "GOOGLE_CLOUD_PROJECT": f"demo-{secrets.token_hex(4)}",
        "API_KEYS": f"admin:admin:{hashlib.sha256(KEY.encode()).hexdigest()}",
        "PATH": f"{commands}:{os.defpath}",
    }
    with ExitStack() as stack:
        starting = {
            each.name: stack.enter_context(_process(each, _unpacked(archives[each.name], folder), settings))
            for each in FUNCTIONS
        }
        for address, log in starting.values():
            _wait(address, log)
        yield Cloud({name: address for name, (address, _) in starting.items()}, hosts.storage, buckets)


def _unpacked(archive: Path, folder: Path) -> Path:
    place = folder / archive.stem
    with zipfile.ZipFile(archive) as file:
        file.extractall(place)
    return place


@contextmanager
def _process(function: Function, place: Path, settings: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Run the function with the framework's production server, as the buildpack does. Yields its address and log."""
    port, log = free_port(), place.with_suffix(".log")
    own = {
        "FUNCTION_TARGET": function.entry_point,
        "FUNCTION_SIGNATURE_TYPE": "cloudevent" if function.trigger else "http",
        "K_SERVICE": function.name,
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    command = [f"{settings['PATH'].partition(':')[0]}/functions-framework"]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=place, env={**settings, **own}, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield f"http://127.0.0.1:{port}", log
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def _wait(address: str, log: Path) -> None:
    until = time.monotonic() + _START
    while time.monotonic() < until:
        try:
            requests.options(address, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"The function at {address} does not answer:\n{log.read_text()}")
