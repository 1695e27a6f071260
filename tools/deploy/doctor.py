"""Whether everything is there that a deployment needs: tools, login, project, billing, APIs, permissions, region.

Nothing is changed. Each finding has its remedy; a check whose ground is missing is not made.
"""

import sys

from tools.deploy.checks import CHECKS, Wish
from tools.deploy.processes import Failure


def examine(wish: Wish) -> list[str]:
    """Make all checks and print what they find; what is wrong, a sentence each."""
    wrong: dict[str, str] = {}
    for check in CHECKS:
        missing = [each for each in check.needs if each in wrong]
        if missing:
            wrong[check.name] = ""
            _print("-", check.name, f"not looked at without {' and '.join(missing)}")
            continue
        try:
            _print("ok", check.name, check.look(wish))
        except Failure as failure:
            wrong[check.name] = str(failure)
            _print("FAILED", check.name, "see below")
    return [each for each in wrong.values() if each]


def doctor(wish: Wish) -> None:
    """`make doctor`.

    Raises:
        Failure: all that is wrong, a line each.
    """
    print("Looking at what a deployment needs. Nothing is changed.")
    wrong = examine(wish)
    if wrong:
        raise Failure("\n".join(wrong))
    print("All is there. Next: make deploy")


def _print(state: str, name: str, detail: str) -> None:
    print(f"  {state:8}{name:14}{detail}")
    sys.stdout.flush()
