"""Terraform commands on `infra/`, with the state of one project."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tools.deploy import state
from tools.deploy.diagnostics import Change
from tools.deploy.google import access_token
from tools.deploy.inputs import Inputs
from tools.deploy.names import INFRA
from tools.deploy.processes import Ended, Failure, run, show
from tools.package import BUILD, ROOT, VARIABLES

_PLAN: Final = BUILD / "deploy.tfplan"
_INPUTS: Final = BUILD / "inputs.tfvars.json"
_PATIENCE: Final = 300.0
"""The time limit of a command, in seconds. The first `init` downloads the provider."""
_CHANGES: Final = 2
_UNSAVED: Final = "errored.tfstate"
"""The file in which Terraform leaves a state that it cannot save, after a network failure or an expired token."""
_OTHER_PROVIDER: Final = "terraform init -upgrade"
"""Terraform's message has this if its lock file has another version of the provider than the configuration."""
_LOCAL: Final = 'terraform {\n  backend "local" {}\n}\n'


class Stopped(Failure):
    """`terraform apply` stopped. `error` has its messages, which are already printed."""

    def __init__(self, message: str, error: str) -> None:
        super().__init__(message)
        self.error = error


class Terraform:
    """Terraform in a folder. It uses gcloud's login, so that one login is enough."""

    def __init__(self, project: str, folder: Path = INFRA, *, charged: bool = True) -> None:
        """Prepare the environment of the commands.

        Args:
            project: the project of the resources and the state.
            folder: the folder of the configuration.
            charged: whether requests count against the quota of the project. Google refuses that for a project that
                has not enabled any API yet.
        """
        self._project = project
        self._folder = folder
        self._env = {
            "GOOGLE_OAUTH_ACCESS_TOKEN": access_token(),
            "GOOGLE_BILLING_PROJECT": project,
            "USER_PROJECT_OVERRIDE": str(charged).lower(),
            "TF_DATA_DIR": str(BUILD / "terraform" / project),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
        }

    def init(self, *, local: bool = False) -> None:
        """Fetch the provider and connect to the state. Save the state that an earlier `apply` could not save."""
        backend = [] if local else [f"-backend-config=bucket={state.bucket_of(self._project)}"]
        options = ["-reconfigure", "-no-color", *backend]
        ended = self._run("init", *options)
        if _OTHER_PROVIDER in " ".join(ended.error.split()):  # the lock file is from an earlier checkout
            ended = self._run("init", "-upgrade", *options)
        if ended.status:
            raise _failure("init", ended)
        if not local:
            self._save_what_is_unsaved()

    def plan(self, inputs: Inputs, *more: str) -> bool:
        """Save a plan. Returns whether it changes anything.

        The plan does not lock the state, because a killed plan would leave the lock behind. `apply` locks it, and
        refuses a plan that is out of date.

        Args:
            inputs: the variables.
            *more: further arguments of `terraform plan`.
        """
        options = ["-no-color", "-detailed-exitcode", "-lock=false", f"-out={_PLAN}"]
        ended = self._run("plan", *options, *_files(inputs), *more)
        if ended.status not in {0, _CHANGES}:
            raise _failure("plan", ended)
        return ended.status == _CHANGES

    def show_plan(self) -> None:
        """Print the saved plan."""
        show(*self._command("show", str(_PLAN)), env=self._env)

    def changes(self) -> list[Change]:
        """The changes of the saved plan."""
        shown = json.loads(self._quietly("show", "-json", str(_PLAN)))
        found = (
            Change(tuple(each["change"]["actions"]), each["address"], each["type"], each["change"]["after"] or {})
            for each in shown.get("resource_changes", ())
            if each["mode"] == "managed"
        )
        return [each for each in found if each.actions != ("no-op",)]

    def apply(self) -> None:
        """Apply the saved plan.

        Raises:
            Stopped: Terraform reports errors.
        """
        shown = show(*self._command("apply", str(_PLAN)), env=self._env)
        if shown.status:
            raise self._stopped(shown.error)

    def addresses(self) -> set[str]:
        """The addresses of the resources in the state, except those in modules."""
        shown = json.loads(self._quietly("show", "-json"))
        return {each["address"] for each in shown.get("values", {}).get("root_module", {}).get("resources", ())}

    def adopt(self, inputs: Inputs, address: str, identity: str) -> None:
        """Import an existing resource into the state, at that address."""
        self._quietly("import", "-no-color", *_files(inputs), address, identity)

    def forget(self, addresses: Iterable[str]) -> None:
        """Remove resources from the state, and leave them as they are at Google."""
        self._quietly("state", "rm", "-no-color", *sorted(addresses))

    def outputs(self) -> dict[str, Any]:
        """The outputs by their names; empty before the first deployment."""
        return {name: each["value"] for name, each in json.loads(self._quietly("output", "-json")).items()}

    def _stopped(self, error: str) -> Stopped:
        """The failure of `apply`. Moves a state that could not be saved to the place where the next `init` finds it."""
        saves = ""
        if (unsaved := self._folder / _UNSAVED).exists():
            unsaved.replace(self._unsaved)
            saves = ", which also saves the state that could not be saved"
        return Stopped(
            "Terraform stopped; its message is above. What it did until then is kept. Correct the cause (a new API may "
            f"only need a few minutes), and run the same command again{saves}."
            f"{state.lock_remedy(self._project)}",
            error,
        )

    @property
    def _unsaved(self) -> Path:
        """The place of an unsaved state. It is in a folder of the project, so it never overwrites another's."""
        return Path(self._env["TF_DATA_DIR"]) / _UNSAVED

    def _save_what_is_unsaved(self) -> None:
        """Save it. Without it, Terraform would create the same resources again, and fail because they exist."""
        if not self._unsaved.exists():
            return
        print("Saving the state of Terraform that the last attempt could not save.", flush=True)
        ended = self._run("state", "push", "-no-color", str(self._unsaved))
        if ended.status:
            raise _failure(f"state push {self._unsaved}", ended, state.lock_remedy(self._project).strip())
        self._unsaved.unlink()

    def _quietly(self, *arguments: str) -> str:
        ended = self._run(*arguments)
        if ended.status:
            raise _failure(arguments[0], ended)
        return ended.output

    def _run(self, *arguments: str) -> Ended:
        return run(*self._command(*arguments), env=self._env, seconds=_PATIENCE)

    def _command(self, *arguments: str) -> list[str]:
        return ["terraform", f"-chdir={self._folder}", *arguments]


def _files(inputs: Inputs) -> list[str]:
    """Write the files of the variables. Returns the arguments that name them."""
    BUILD.mkdir(exist_ok=True)
    _INPUTS.write_text(json.dumps(inputs.as_variables(), indent=2))
    return [f"-var-file={BUILD / VARIABLES}", f"-var-file={_INPUTS}"]


def _failure(what: str, ended: Ended, remedy: str = "") -> Failure:
    """Terraform's error message without the frame around it, and a remedy. The first line is the summary."""
    lines = [*(each.strip("│╷╵ ") for each in ended.error.splitlines()), remedy]
    return Failure(f"terraform {what} failed:\n" + "\n".join(each for each in lines if each))


@contextmanager
def stateless() -> Iterator[Path]:
    """A copy of `infra/` with a local state, for a plan before the first deployment, which must create nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "infra")
        shutil.copytree(INFRA, copy, ignore=shutil.ignore_patterns(".terraform*"))
        (copy / "backend_override.tf").write_text(_LOCAL)
        Path(folder, "frontend").symlink_to(ROOT / "frontend")  # Terraform uploads the page from beside `infra/`
        yield copy


def outputs(project: str) -> dict[str, Any]:
    """The outputs of the deployment in the project.

    Raises:
        Failure: nothing is deployed, or the deployment never finished.
    """
    state.must_exist(project)
    terraform = Terraform(project)
    terraform.init()
    found = terraform.outputs()
    if not found.keys() >= {"base_url", "keys_secret", "environment"}:
        raise Failure(f"The deployment in {project} never finished. Run: make deploy PROJECT={project}")
    return found


def environment(project: str) -> dict[str, str]:
    """The settings of the deployment in the project, for commands that use it from another machine.

    Raises:
        Failure: nothing is deployed, or the deployment never finished.
    """
    return {name: str(value) for name, value in outputs(project)["environment"].items()}
