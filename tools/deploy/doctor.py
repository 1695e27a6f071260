"""The doctor: runs all checks before a deployment and prints what they find. It changes nothing."""

import sys

from tools.deploy.checks import CHECKS, Wish
from tools.deploy.processes import Failure, Unchecked


def examine(wish: Wish) -> list[str]:
    """Run the checks and print a line for each; return what is wrong, each with its remedy.

    A check is skipped if one that it needs did not pass. A warning counts as passed.
    """
    wrong: dict[str, str] = {}
    for check in CHECKS:
        missing = [each for each in check.needs if each in wrong]
        if missing:
            wrong[check.name] = ""
            _print("-", check.name, f"skipped: needs {' and '.join(missing)}")
            continue
        try:
            _print("ok", check.name, check.look(wish))
        except Unchecked as warning:
            _print("WARNING", check.name, str(warning))
        except Failure as failure:
            wrong[check.name] = str(failure)
            _print("FAILED", check.name, "see below")
    return [each for each in wrong.values() if each]


def doctor(wish: Wish) -> None:
    """`make doctor`.

    Raises:
        Failure: some checks failed; a line for each.
    """
    print("Checking what a deployment needs. Nothing is changed.")
    wrong = examine(wish)
    if wrong:
        raise Failure("\n".join(wrong))
    print("No check failed. Next: make deploy")


def _print(state: str, name: str, detail: str) -> None:
    print(f"  {state:8}{name:14}{detail}")
    sys.stdout.flush()
