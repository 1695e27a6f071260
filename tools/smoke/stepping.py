"""The steps of a run, one after the other, each with its result and its time."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple

import requests

from image_repo import APIError, ImageRepoError
from tools.deploy.processes import Failure
from tools.smoke import causes
from tools.smoke.outcomes import Failed, Skipped
from tools.smoke.run import Run


class Step(NamedTuple):
    """One thing that is tried.

    Attributes:
        name: as it is printed.
        function: the function that is tried; a failure names its rights and its log.
        act: tries it. It raises `Failed` or `Skipped`, or an error of the client.
    """

    name: str
    function: str
    act: Callable[[Run], None]


def perform(run: Run, steps: Sequence[Step]) -> int:
    """Try each step, and print its result and its time. Returns how many failed.

    If the first one fails, the service stops answering, or it refuses the key, the others are left out.
    """
    failures = 0
    for number, step in enumerate(steps, 1):
        failures += not _passes(run, step)
        if run.gone or run.refused:
            reason = "The service no longer answers" if run.gone else "The key is not valid"
            print(f"{reason}, so the other {len(steps) - number} steps are left out.", flush=True)
        if run.gone or run.refused or (failures and number == 1):
            break
    return failures


def _passes(run: Run, step: Step) -> bool:
    began = run.clock()
    try:
        step.act(run)
    except Skipped as reason:
        print(f"  skipped          {step.name}: because {reason}", flush=True)
        return True
    except (Failed, Failure, ImageRepoError, requests.RequestException) as error:
        print(f"  FAILED  {run.clock() - began:6.1f} s  {step.name}", flush=True)
        print(f"          {causes.of_error(run.place, step.function, error)}", flush=True)
        run.refused = isinstance(error, APIError) and error.status == HTTPStatus.UNAUTHORIZED
        run.gone = run.sent and isinstance(error, causes.SILENCE) and not run.answers()
        return False
    print(f"  ok      {run.clock() - began:6.1f} s  {step.name}", flush=True)
    return True
