"""Emulators of Firestore and Cloud Storage on this machine. They stop when the process that started them ends.

`python -m tools.emulators` starts both, and prints the two environment variables that the official clients read. Ctrl-C
stops them. In a program, `with emulators() as hosts:` does the same without printing.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FIRESTORE_VARIABLE: Final = "FIRESTORE_EMULATOR_HOST"
STORAGE_VARIABLE: Final = "STORAGE_EMULATOR_HOST"

_JAR: Final = Path("platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
_MAIN_CLASS: Final = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_JVM_OPTIONS: Final = ("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""It runs for minutes at most: the second compiler and parallel collectors would take more CPU than they save."""
_SDK_ROOTS: Final = (
    "/usr/lib/google-cloud-sdk",
    "/usr/share/google-cloud-sdk",
    "/snap/google-cloud-cli/current",
    "/opt/homebrew/share/google-cloud-sdk",
    "~/google-cloud-sdk",
)
_STORAGE: Final = Path(__file__).with_name("storage_emulator.py")
_OLDEST_JAVA: Final = 11
_START: Final = 60.0
"""Seconds within which an emulator must respond."""

# Runs a command and kills it when the standard input ends: then the process that started it has ended, for any reason.
_GUARD: Final = """
exec 3<&0
"$@" </dev/null & command=$!
(cat <&3 >/dev/null; kill $command 2>/dev/null) & watch=$!
wait $command
kill $watch 2>/dev/null
"""


class CannotStart(Exception):
    """An emulator cannot start. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """The addresses of the emulators, in the form that each client expects: `host:port` and a URL."""

    firestore: str
    storage: str

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables for the clients."""
        return {FIRESTORE_VARIABLE: self.firestore, STORAGE_VARIABLE: self.storage}


@contextmanager
def emulators() -> Iterator[Hosts]:
    """Both emulators, ready for requests. An emulator that the environment already names is not started.

    Raises:
        CannotStart: Java or an emulator is missing, or an emulator does not start.
    """
    with ExitStack() as stack:
        firestore = os.environ.get(FIRESTORE_VARIABLE) or stack.enter_context(firestore_emulator())
        storage = os.environ.get(STORAGE_VARIABLE) or stack.enter_context(storage_emulator())
        yield Hosts(firestore, storage)


@contextmanager
def firestore_emulator() -> Iterator[str]:
    """Google's Firestore emulator, without data; gives its `host:port`.

    Raises:
        CannotStart: Java or the emulator is missing, or does not start.
    """
    host = f"127.0.0.1:{_free_port()}"
    address, port = host.split(":")
    command = [_java(), *_JVM_OPTIONS, "-cp", str(_jar()), _MAIN_CLASS, "start", f"--host={address}", f"--port={port}"]
    with _running("The Firestore emulator", command, f"http://{host}/"):
        yield host


@contextmanager
def storage_emulator() -> Iterator[str]:
    """gcp-storage-emulator, without data and in memory; gives its URL.

    Raises:
        CannotStart: the emulator does not start.
    """
    port = _free_port()
    options = ["start", "--host", "127.0.0.1", "--port", str(port), "--in-memory", "--quiet"]
    url = f"http://127.0.0.1:{port}"
    with _running("The Cloud Storage emulator", [sys.executable, str(_STORAGE), *options], f"{url}/"):
        yield url


@contextmanager
def _running(what: str, command: Sequence[str], url: str) -> Iterator[None]:
    """Run a command until the end of the block or of this process. The block begins when `url` responds."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C stops only the program that uses it, which may still need it to clean up
        )
        try:
            if not _responds(process, url):
                log.seek(0)
                raise CannotStart(f"{what} does not start. Its output:\n{log.read().strip()}")
            yield
        finally:
            process.communicate()  # closes its input, and waits for its end


def _responds(process: "subprocess.Popen[bytes]", url: str) -> bool:
    """Wait until the URL responds; False if the process ends, or takes too long."""
    until = time.monotonic() + _START
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - the address of the process
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    if java is None or _major_version(java) < _OLDEST_JAVA:
        raise CannotStart(
            f"The Firestore emulator needs Java {_OLDEST_JAVA} or newer. "
            "Install it: sudo apt install default-jre-headless"
        )
    return java


def _major_version(java: str) -> int:
    """The number before the first dot: 17 for `openjdk version "17.0.15"`, and 1 for Java 8 (version "1.8.0")."""
    output = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    _, _, version = output.partition('version "')
    digits = version.partition(".")[0].partition('"')[0].partition("-")[0]
    return int(digits) if digits.isdigit() else 0


def _jar() -> Path:
    named = os.environ.get("FIRESTORE_EMULATOR_JAR")
    jars = [Path(named)] if named else [root / _JAR for root in _sdk_roots()]
    for jar in jars:
        if jar.is_file():
            return jar
    raise CannotStart(
        "The Firestore emulator is missing. Install it with `gcloud components install cloud-firestore-emulator`, or "
        "`sudo apt install google-cloud-cli-firestore-emulator`, or name its jar in FIRESTORE_EMULATOR_JAR."
    )


def _sdk_roots() -> Iterator[Path]:
    """Folders of gcloud installations. The last one comes from gcloud itself, which takes a second."""
    for root in _SDK_ROOTS:
        yield Path(root).expanduser()
    gcloud = shutil.which("gcloud")
    if gcloud:
        command = [gcloud, "info", "--format=value(installation.sdk_root)"]
        yield Path(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip())


def main() -> int:
    """Run both emulators until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with emulators() as hosts:
            for name, value in hosts.variables.items():
                print(f"export {name}={value}", flush=True)
            print("Press Ctrl-C to stop the emulators.", file=sys.stderr)
            signal.pause()
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
