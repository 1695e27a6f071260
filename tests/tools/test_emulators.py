"""`make emulators` starts the emulators, uses those that run already, and stops those that it started."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.processes import ROOT
from tools.emulators import CannotStart, emulators, firestore_emulator

COMMAND = [sys.executable, "-m", "tools.emulators"]


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - an address on this machine
            return True
    except OSError:
        return False


def java_home(folder: Path, version: str) -> Path:
    """A folder with a program that answers `java -version` as that version does, and does nothing else."""
    java = folder / "java/bin/java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return folder / "java"


@pytest.mark.usefixtures("firestore_host")  # skips this test if the emulators cannot run
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_both_emulators_run_until_the_command_ends(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    for variable in ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(variable, raising=False)
    with subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        firestore = process.stdout.readline().strip().removeprefix("export FIRESTORE_EMULATOR_HOST=")
        storage = process.stdout.readline().strip().removeprefix("export STORAGE_EMULATOR_HOST=")
        addresses = [f"http://{firestore}", storage]
        assert all(answers(each) for each in addresses)
        process.send_signal(number)
        process.wait(20)
        until = time.monotonic() + 20
        while any(answers(each) for each in addresses):
            assert time.monotonic() < until, "an emulator still runs after its command has ended"
            time.sleep(0.05)


def test_emulators_that_run_already_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "elsewhere:1")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://elsewhere:2")
    with emulators() as hosts:
        assert hosts.variables == {
            "FIRESTORE_EMULATOR_HOST": "elsewhere:1",
            "STORAGE_EMULATOR_HOST": "http://elsewhere:2",
        }


def test_the_message_about_missing_java_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStart, match="sudo apt install default-jre-headless"), firestore_emulator():
        raise AssertionError("the emulator must not start")


def test_an_old_java_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path, "1.8.0_402")))
    with pytest.raises(CannotStart, match="Java 11 or newer"), firestore_emulator():
        raise AssertionError("the emulator must not start")


def test_the_message_about_a_missing_emulator_says_what_to_install(tmp_path: Path) -> None:
    environment = os.environ | {
        "JAVA_HOME": str(java_home(tmp_path, "17.0.1")),
        "FIRESTORE_EMULATOR_JAR": str(tmp_path / "none.jar"),
        "FIRESTORE_EMULATOR_HOST": "",
    }
    ended = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "gcloud components install cloud-firestore-emulator" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.usefixtures("firestore_host")
def test_the_message_about_an_emulator_that_does_not_start_has_its_output(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jar"
    broken.write_bytes(b"not a jar")
    monkeypatch.setenv("FIRESTORE_EMULATOR_JAR", str(broken))
    with pytest.raises(CannotStart, match="Could not find or load main class"), firestore_emulator():
        raise AssertionError("the emulator must not start")
