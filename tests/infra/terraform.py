"""Terraform on a copy of `infra/`, with the real provider or, if it cannot be downloaded, a stand-in."""

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from tests.processes import ROOT

STAND_IN: Final = "TERRAFORM_STANDIN"
"""The variable with a folder whose `setup.sh FOLDER` creates a mirror of providers, and prints TF_CLI_CONFIG_FILE=…."""

_TIMEOUT: Final = 500

_LOCAL: Final = 'terraform {\n  backend "local" {}\n}\n'


class CannotRunError(Exception):
    """Terraform cannot run. The message says what this machine lacks, and the remedy."""


class Plan(NamedTuple):
    """A plan.

    Attributes:
        resources: the known arguments of each resource, by its address.
        outputs: the known outputs.
        changed: the addresses of the resources that the plan would change.
    """

    resources: dict[str, dict[str, Any]]
    outputs: dict[str, Any]
    changed: set[str]

    @classmethod
    def parse(cls, plan: dict[str, Any]) -> Self:
        """Read a plan from Terraform's JSON."""
        changes = [each for each in plan["resource_changes"] if each["mode"] == "managed"]
        return cls(
            {each["address"]: each["change"]["after"] for each in changes},
            {name: change.get("after") for name, change in plan.get("output_changes", {}).items()},
            {each["address"] for each in changes if each["change"]["actions"] != ["no-op"]},
        )

    def all(self, kind: str) -> Iterator[dict[str, Any]]:
        """The resources of a type, such as `google_storage_bucket`."""
        return (each for address, each in self.resources.items() if address.startswith(f"{kind}."))


class Outcome(NamedTuple):
    """The result of `terraform test`: its status, its messages, and the plan of each run by the name `FILE/RUN`."""

    status: int
    text: str
    plans: dict[str, Plan]


class Terraform:
    """A copy of `infra/` and of the page that it deploys. Terraform's commands run in it.

    Attributes:
        folder: the copy of `infra/`.
        environment: the environment variables of the commands.

    Raises:
        CannotRunError: Terraform is missing or too old, or there is no provider.
    """

    def __init__(self, folder: Path) -> None:
        _require_version()
        self.folder = folder / "infra"
        for name in ("infra", "frontend"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".terraform*"))
        (self.folder / "backend_override.tf").write_text(_LOCAL)
        self.environment = {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        self._initialise()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Terraform."""
        return subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT,
        )

    def test(self, *arguments: str) -> Outcome:
        """Run `terraform test`."""
        done = self.run("test", "-json", "-verbose", *arguments)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        text = "\n".join(f"{line['@message']} {line.get('diagnostic', {}).get('detail', '')}" for line in lines)
        plans = {
            f"{Path(line['@testfile']).name.split('.')[0]}/{line['@testrun']}": Plan.parse(line["test_plan"])
            for line in lines
            if line["type"] == "test_plan"
        }
        return Outcome(done.returncode, text + done.stderr, plans)

    def order(self) -> dict[str, set[str]]:
        """The resources that must exist before each resource, by its address without an index."""
        edges = re.findall(r'"(.+)" -> "(.+)"', self.run("graph").stdout)
        nodes = {node for edge in edges for node in edge}
        needed = {node: {after for before, after in edges if before == node} for node in nodes}
        for node in nodes:
            waiting = [*needed[node]]
            while waiting:
                found = needed[waiting.pop()] - needed[node]
                needed[node] |= found
                waiting += found
        return needed

    def _initialise(self) -> None:
        init = ("init", "-input=false")
        if self.run(*init).returncode == 0:
            return
        self.environment["TF_CLI_CONFIG_FILE"] = str(_stand_in())
        done = self.run(*init)
        if done.returncode:
            raise CannotRunError(f"The Terraform provider of ${STAND_IN} does not work: {done.stderr}")


def _require_version() -> None:
    try:
        done = subprocess.run(["terraform", "version", "-json"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise CannotRunError(
            "Terraform is not installed. Install it: https://developer.hashicorp.com/terraform/install"
        ) from None
    version = json.loads(done.stdout)["terraform_version"]
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < (1, 9):
        raise CannotRunError(f"Terraform {version} is too old. Install 1.9 or newer.")


def _stand_in() -> Path:
    """The configuration file for the stand-in. All processes share one."""
    source = Path(os.environ.get(STAND_IN) or ROOT.parent / "shared/terraform-standin") / "setup.sh"
    if not source.exists():
        raise CannotRunError(
            "Terraform cannot fetch its provider hashicorp/google. Connect this machine to the internet, "
            f"or name a folder with a stand-in for it: {STAND_IN}=FOLDER"
        )
    made = ROOT / ".terraform/stand-in"
    made.mkdir(parents=True, exist_ok=True)
    with (made / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run([source, made], capture_output=True, text=True, check=False, timeout=_TIMEOUT)
    if done.returncode:
        raise CannotRunError(f"{source} fails: {done.stderr}")
    return Path(done.stdout.strip().partition("=")[2])
