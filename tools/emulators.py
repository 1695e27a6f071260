"""Firestore and Cloud Storage on this machine, for as long as whoever started them lives.

`python -m tools.emulators` starts both, prints the two variables that the official clients honour, and stops them with
Ctrl-C. In a program, `with emulators() as hosts:` does the same without the printing.
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
"""Seconds until an emulator must answer."""

# Ends the command when its input does, that is, when whoever started it is gone: however that came about.
_LEASH: Final = """
exec 3<&0
"$@" </dev/null & command=$!
(cat <&3 >/dev/null; kill $command 2>/dev/null) & watch=$!
wait $command
kill $watch 2>/dev/null
"""


class CannotStart(Exception):
    """Something is missing or fails; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where the emulators answer, in the form that each client expects: `host:port` and a URL."""

    firestore: str
    storage: str

    @property
    def variables(self) -> dict[str, str]:
        """What to put into the environment of whoever is to use them."""
        return {FIRESTORE_VARIABLE: self.firestore, STORAGE_VARIABLE: self.storage}


@contextmanager
def emulators() -> Iterator[Hosts]:
    """Both emulators, answering; one that the environment names already is used as it is.

    Raises:
        CannotStart: Java or an emulator is missing, or does not start.
    """
    with ExitStack() as stack:
        firestore = os.environ.get(FIRESTORE_VARIABLE) or stack.enter_context(firestore_emulator())
        storage = os.environ.get(STORAGE_VARIABLE) or stack.enter_context(storage_emulator())
        yield Hosts(firestore, storage)


@contextmanager
def firestore_emulator() -> Iterator[str]:
    """Google's Firestore emulator, empty; its `host:port`.

    Raises:
        CannotStart: Java or the emulator is missing, or does not start.
    """
    host = f"127.0.0.1:{_free_port()}"
    address, port = host.split(":")
    command = [_java(), "-Xmx1g", "-cp", str(_jar()), _MAIN_CLASS, "start", f"--host={address}", f"--port={port}"]
    with _running("The Firestore emulator", command, f"http://{host}/"):
        yield host


@contextmanager
def storage_emulator() -> Iterator[str]:
    """gcp-storage-emulator, empty and in memory; its URL.

    Raises:
        CannotStart: it does not start.
    """
    port = _free_port()
    options = ["start", "--host", "127.0.0.1", "--port", str(port), "--in-memory", "--quiet"]
    url = f"http://127.0.0.1:{port}"
    with _running("The Cloud Storage emulator", [sys.executable, str(_STORAGE), *options], f"{url}/"):
        yield url


@contextmanager
def _running(what: str, command: Sequence[str], url: str) -> Iterator[None]:
    """The command, from its first answer at `url` to the end of the block or of this process."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _LEASH, "leash", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the program that uses it, which may still need it to end well
        )
        try:
            if not _answers(process, url):
                log.seek(0)
                raise CannotStart(f"{what} does not start. It says:\n{log.read().strip()}")
            yield
        finally:
            process.communicate()  # which closes its input, and waits for its end


def _answers(process: "subprocess.Popen[bytes]", url: str) -> bool:
    """Wait until it answers; False when it ended, or takes too long."""
    until = time.monotonic() + _START
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - an address of our own
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
    """17 of `openjdk version "17.0.15"`; 1 of Java 8's "1.8.0", which will do for a comparison."""
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    _, _, version = said.partition('version "')
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
    """Folders of gcloud installations; gcloud itself, which takes a second to say, is asked last."""
    for root in _SDK_ROOTS:
        yield Path(root).expanduser()
    gcloud = shutil.which("gcloud")
    if gcloud:
        command = [gcloud, "info", "--format=value(installation.sdk_root)"]
        yield Path(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip())


def main() -> int:
    """Run both until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with emulators() as hosts:
            for name, value in hosts.variables.items():
                print(f"export {name}={value}", flush=True)
            print("Ctrl-C stops them.", file=sys.stderr)
            signal.pause()
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
