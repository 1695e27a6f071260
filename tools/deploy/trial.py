"""The end of `make deploy`: `make smoke` tries the deployment."""

import sys
import urllib.error
import urllib.request
from typing import Final

from tools.deploy.processes import Failure, show

_INTERRUPTED: Final = 130
"""The exit status of a run that Ctrl-C has ended."""
_PATIENCE: Final = 8.0
"""Seconds that a domain has to answer."""


def try_out(project: str, found: dict[str, str | None]) -> None:
    """Try the deployment with these outputs, unless its domain is not ready.

    Raises:
        Failure: a step of `make smoke` failed. The deployment stays.
    """
    base = str(found["base_url"])
    if found.get("address") and not _answers(base):
        print(
            f"{base} does not answer yet, so it is not tried. When its certificate is ready: make smoke {_of(project)}"
        )
        return
    sys.stdout.flush()
    status = show(sys.executable, "-m", "tools.start", "tools.smoke", "--project", project, env={}).status
    if status == _INTERRUPTED:
        raise KeyboardInterrupt
    if status:
        raise Failure(
            "The deployment is complete and stays, but it does not pass `make smoke`. Do what the failed steps above "
            f"say. Then try again: make smoke {_of(project)} (`make deploy SMOKE=0` deploys without it.)"
        )


def _of(project: str) -> str:
    return f"PROJECT={project}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/list?limit=1", timeout=_PATIENCE):  # noqa: S310 - from our own outputs
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
