"""The check that the account in use holds the permissions that a deployment needs."""

from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import urlencode

from tools.deploy import state
from tools.deploy.google import InvalidRequest, NotThere, access_token, account, ask
from tools.deploy.inputs import Inputs
from tools.deploy.permissions import IN_STATE_BUCKET, needed
from tools.deploy.processes import Failure, Unchecked

_NAMED: Final = 3
"""Names of unchecked permissions that a warning shows."""


class Answer(NamedTuple):
    """What Google answers when it is asked which of some permissions the account holds.

    Attributes:
        missing: the account does not hold these.
        unchecked: Google does not answer for these.
        refusal: Google's message about those; empty if there are none.
    """

    missing: frozenset[str]
    unchecked: frozenset[str]
    refusal: str = ""


def check(inputs: Inputs) -> str:
    """Ask Google for each permission; how many are granted.

    Raises:
        Failure: the account lacks some.
        Unchecked: the account lacks none of those that Google knows, but Google does not know all of them.
    """
    project = inputs.project
    wanted = needed(inputs)
    answer = tested(wanted, lambda names: _held_in_project(project, names))
    if answer.missing:
        raise _lack(answer.missing, project, project, "roles/owner")
    in_bucket = tested(IN_STATE_BUCKET, lambda names: _held_in_state_bucket(project, names))
    if in_bucket.missing:
        raise _lack(in_bucket.missing, f"gs://{state.bucket_of(project)}", project, "roles/storage.admin")
    unchecked = sorted(answer.unchecked | in_bucket.unchecked)
    if unchecked:
        more = f" and {len(unchecked) - _NAMED} more" if len(unchecked) > _NAMED else ""
        raise Unchecked(
            f"cannot check {', '.join(unchecked[:_NAMED])}{more} ({answer.refusal or in_bucket.refusal}). "
            "Please report this; `make deploy` continues."
        )
    return f"all {len(wanted)} are granted"


def tested(wanted: frozenset[str], held: Callable[[list[str]], list[str]]) -> Answer:
    """Find out which permissions are missing.

    Google refuses a whole request for one name that it does not know, and names it. That name is left out of the next
    request.

    Args:
        wanted: names of permissions.
        held: asks Google which of some permissions the account holds; raises InvalidRequest where Google refuses.
    """
    unchecked: frozenset[str] = frozenset()
    refusal = ""
    while known := wanted - unchecked:
        try:
            return Answer(known - set(held(sorted(known))), unchecked, refusal)
        except InvalidRequest as error:
            refusal = str(error).rstrip(".")
            words = {each.strip("'\",:") for each in refusal.split()}
            unchecked |= known & words or known
    return Answer(frozenset(), unchecked, refusal)


def _held_in_project(project: str, names: list[str]) -> list[str]:
    path = f"v1/projects/{project}:testIamPermissions"
    found: list[str] = ask("cloudresourcemanager", path, access_token(), {"permissions": names}).get("permissions", [])
    return found


def _held_in_state_bucket(project: str, names: list[str]) -> list[str]:
    """All of them as long as there is no bucket: the first deployment creates it."""
    query = urlencode([("permissions", each) for each in names])
    path = f"storage/v1/b/{state.bucket_of(project)}/iam/testPermissions?{query}"
    try:
        found: list[str] = ask("storage", path, access_token()).get("permissions", [])
    except NotThere:
        return names
    return found


def _lack(missing: frozenset[str], where: str, project: str, role: str) -> Failure:
    who = account()
    member = f"{'serviceAccount' if who.endswith('.gserviceaccount.com') else 'user'}:{who or 'YOUR-ADDRESS'}"
    return Failure(
        f"{who or 'This account'} lacks {len(missing)} permission{'s' if len(missing) > 1 else ''} in {where}: "
        f"{', '.join(sorted(missing))}. "
        'An owner can grant the roles that docs/deploy.md lists under "Without the Owner role", or run: '
        f"gcloud projects add-iam-policy-binding {project} --member={member} --role={role}"
    )
