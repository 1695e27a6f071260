"""The errors of `terraform apply`, and the remedies of those that have a known one."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from tools.deploy.imports import BY_ADOPTION, commands, identity
from tools.deploy.inputs import Inputs
from tools.deploy.regions import BUILD_REGIONS, build_quota

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_FRAME: Final = re.compile(r"^[│╷╵ ]+", re.MULTILINE)
"""The frame that Terraform draws around a message."""
_NO_BUILDS: Final = "cannot run builds in this region"
_EXISTS: Final = re.compile(r"already exists|alreadyExists|ALREADY_EXISTS")
_CONTENTION: Final = "too much contention"
_POOL: Final = "google_iam_workload_identity_pool"


class Change(NamedTuple):
    """One change of a plan.

    Attributes:
        actions: of Terraform.
        address: of the resource.
        type: of the resource.
        after: the planned arguments, as far as they are known.
    """

    actions: tuple[str, ...]
    address: str
    type: str
    after: Mapping[str, Any] = {}


class Diagnostic(NamedTuple):
    """One error: its text in one line, and the address of the resource; empty if it is about no resource."""

    text: str
    address: str


def diagnostics(error: str) -> list[Diagnostic]:
    """The errors in what Terraform wrote to standard error."""
    plain = _FRAME.sub("", _COLOUR.sub("", error))
    blocks = re.split(r"^Error: ", plain, flags=re.MULTILINE)[1:]
    return [Diagnostic(" ".join(block.split()), _address(block)) for block in blocks]


def _address(block: str) -> str:
    found = re.search(r"^with (.+),$", block, re.MULTILINE)
    return found[1] if found else ""


def is_contention(error: str) -> bool:
    """Whether the only errors are that Firestore cannot create more indexes at the same time.

    The provider retries other contention, and not this one:
    https://github.com/hashicorp/terraform-provider-google/issues/6546
    """
    found = diagnostics(error)
    return bool(found) and all(_CONTENTION in each.text for each in found)


def remedies(error: str, changes: Iterable[Change], inputs: Inputs) -> str:
    """What to do about the errors that have a known remedy; empty if there are none."""
    found = diagnostics(error)
    paragraphs = [_existing(found, changes, inputs.project), _no_builds(found, inputs)]
    return "".join(f"\n{each}" for each in paragraphs if each)


def _existing(found: list[Diagnostic], changes: Iterable[Change], project: str) -> str:
    addresses = {each.address for each in found if _EXISTS.search(each.text)}
    identities = {
        each.address: known
        for each in changes
        if each.address in addresses and (known := identity(each.type, each.after, project))
    }
    if not identities:
        return "The next run imports what exists already." if any(map(_is_adopted, addresses)) else ""
    deleted = (
        "Google keeps a deleted pool for 30 days. Restore it first: docs/deploy.md, From GitHub. "
        if any(each.startswith(_POOL) for each in identities)
        else ""
    )
    return (
        f"{', '.join(identities)}: the resource exists, but Terraform's state does not have it. {deleted}If an earlier "
        f"deployment of Image Repo created it, import it and deploy again:{commands(project, identities)}"
    )


def _is_adopted(address: str) -> bool:
    return address.startswith(f"{BY_ADOPTION}.")


def _no_builds(found: list[Diagnostic], inputs: Inputs) -> str:
    if not any(_NO_BUILDS in each.text for each in found):
        return ""
    other = min(BUILD_REGIONS, key=lambda each: (each.split("-")[0] != inputs.region.split("-")[0], each))
    return (
        f"Cloud Build cannot run builds in {inputs.region} for this project. "
        f"{build_quota(inputs.project, inputs.region)} Then run the same command again. "
        "Or delete this deployment, and deploy to a region where new projects can build "
        f"({', '.join(sorted(BUILD_REGIONS))}): make destroy PROJECT={inputs.project}, then "
        f"make deploy PROJECT={inputs.project} REGION={other}"
    )
