"""`python -m tools.deploy COMMAND`, which the Makefile's commands for Google Cloud call."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Final

from tools.deploy import down, keys, logs, up
from tools.deploy.checks import Wish
from tools.deploy.doctor import doctor
from tools.deploy.google import reach
from tools.deploy.inputs import named_project
from tools.deploy.processes import Failure
from tools.deploy.terraform import outputs

_INTERRUPTED: Final = 130
_INPUTS: Final = {
    "region": "region",
    "domain": "domain",
    "cors": "cors_origins",
    "email": "alert_email",
    "github": "github_repository",
}
"""The option of each input, and the variable of Terraform that it sets."""
_DEPLOYMENT: Final = ("project", *_INPUTS)
_TAKEN: Final = {
    "doctor": _DEPLOYMENT,
    "plan": _DEPLOYMENT,
    "deploy": (*_DEPLOYMENT, "smoke"),
    "url": ("project",),
    "key": ("project", "name", "role"),
    "key-revoke": ("project", "name"),
    "keys": ("project",),
    "logs": ("project", "function", "since"),
    "destroy": ("project", "confirm"),
}
"""The options that each command uses."""
_OTHERS: Final = ("after", "album", "api", "dir", "dry", "empty", "fix", "grace", "key", "tags")
"""Options of the other commands of the Makefile."""
_OPTIONS: Final = tuple(dict.fromkeys(each for taken in _TAKEN.values() for each in taken))
_HINTS: Final = {
    "name": """Another name for the resources is in a file: echo 'name = "photos"' > infra/name.auto.tfvars""",
    "dry": "`make plan` shows what `make deploy` would change.",
}
"""What to do in place of an option that a command on a whole deployment does not use."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status. A failure prints a message on standard error."""
    asked = _parser().parse_args(arguments)
    try:
        _refuse_others(asked)
        COMMANDS[asked.command](asked)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    for name in (*_OPTIONS, *_OTHERS):
        parser.add_argument(f"--{name.upper()}", dest=name)
    return parser


def _refuse_others(asked: argparse.Namespace) -> None:
    """Refuse what the command does not use, so that no one relies on it."""
    taken = _TAKEN[asked.command]
    for name, value in vars(asked).items():
        if value is not None and name not in (*taken, "command"):
            inputs = ", ".join(each.upper() for each in taken)
            hint = f" {_HINTS[name]}" if name in _HINTS and taken[: len(_DEPLOYMENT)] == _DEPLOYMENT else ""
            raise Failure(f"`make {asked.command}` does not use {name.upper()}. It uses: {inputs}.{hint}")


def _wish(asked: argparse.Namespace) -> Wish:
    options = vars(asked)
    return Wish(asked.project, {name: options[each] for each, name in _INPUTS.items() if options[each] is not None})


def _deployed(asked: argparse.Namespace) -> str:
    """The project of a command on a deployment. It checks the network first, because gcloud waits long for it."""
    project = named_project(asked.project)
    reach()
    return project


def _url(asked: argparse.Namespace) -> None:
    project = _deployed(asked)
    up.url(project, outputs(project))


COMMANDS: Final[dict[str, Callable[[argparse.Namespace], None]]] = {
    "doctor": lambda asked: doctor(_wish(asked)),
    "plan": lambda asked: up.plan(_wish(asked)),
    "deploy": lambda asked: up.deploy(_wish(asked), smoke=bool(asked.smoke)),
    "url": _url,
    "key": lambda asked: keys.key(_deployed(asked), asked.name, asked.role),
    "key-revoke": lambda asked: keys.revoke(_deployed(asked), asked.name),
    "keys": lambda asked: keys.keys(_deployed(asked)),
    "logs": lambda asked: logs.logs(_deployed(asked), asked.function, asked.since),
    "destroy": lambda asked: down.destroy(_deployed(asked), asked.confirm),
}


if __name__ == "__main__":
    sys.exit(main())
