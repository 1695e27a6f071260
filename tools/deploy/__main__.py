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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status. A failure prints a message on standard error."""
    asked = _parser().parse_args(arguments)
    try:
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
    for name in ("project", *_INPUTS, "name", "role", "function", "since", "confirm", "smoke"):
        parser.add_argument(f"--{name.upper()}", dest=name)
    return parser


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
