"""A secret's text, which several people can change at once without losing a change.

Secret Manager only appends versions and supports no preconditions, but it numbers versions without gaps. A command that
finds another version before its own applies its change again, to that version.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from tools.deploy.google import gcloud
from tools.deploy.processes import Failure

KEPT: Final = 3
"""The most versions that a change leaves: the new one, and two that are disabled."""
_ATTEMPTS: Final = 5


class Version(NamedTuple):
    """One version: its number and its text."""

    number: int
    text: str


def latest(project: str, secret_id: str) -> Version:
    """The newest version."""
    return _version(project, secret_id, "latest")


def replace(project: str, secret_id: str, change: Callable[[str], str]) -> None:
    """Change the newest version: append the result as a new version, disable earlier ones, and destroy old ones.

    The functions read the newest version alone. Google charges for each version beyond the first six.

    Raises:
        Failure: others keep changing the secret, or gcloud fails.
    """
    number, text = latest(project, secret_id)
    for _ in range(_ATTEMPTS):
        written = _append(project, secret_id, change(text))
        if written == number + 1:
            _retire_before(project, secret_id, written)
            return
        number, text = written, _version(project, secret_id, str(written - 1)).text
    raise Failure(f"Others keep changing the secret {secret_id}. Check it with `make keys`, and try again.")


def destroy(project: str, secret_id: str, numbers: Iterable[int]) -> None:
    """Destroy the texts of those versions for good. Google charges for each version until then, also a disabled one."""
    for each in numbers:
        gcloud("secrets", "versions", "destroy", str(each), f"--secret={secret_id}", f"--project={project}")


def _version(project: str, secret_id: str, name: str) -> Version:
    options = [f"--secret={secret_id}", f"--project={project}", "--format=json"]
    found = json.loads(gcloud("secrets", "versions", "access", name, *options))
    return Version(_number(found["name"]), _decoded(found["payload"]["data"]))


def _append(project: str, secret_id: str, text: str) -> int:
    options = [f"--project={project}", "--data-file=-", "--format=value(name)"]
    return _number(gcloud("secrets", "versions", "add", secret_id, *options, text=text))


def _retire_before(project: str, secret_id: str, number: int) -> None:
    """Disable the versions before that one. Destroy those that no simultaneous change can need."""
    options = [f"--secret={secret_id}", f"--project={project}"]
    listed = json.loads(gcloud("secrets", "versions", "list", secret_id, f"--project={project}", "--format=json"))
    for each in listed:
        if each["state"].upper() == "ENABLED" and _number(each["name"]) < number:
            gcloud("secrets", "versions", "disable", str(_number(each["name"])), *options)
    kept = [_number(each["name"]) for each in listed if each["state"].upper() != "DESTROYED"]
    destroy(project, secret_id, sorted(each for each in kept if each <= number - KEPT))


def _decoded(data: str) -> str:
    """The text of a payload. Bytes that are not UTF-8 are kept: they are in a line that the functions ignore."""
    return urlsafe_b64decode(data).decode("utf-8-sig", "surrogateescape")


def _number(name: str) -> int:
    """7 of `projects/P/secrets/S/versions/7`."""
    return int(name.rpartition("/")[2])
