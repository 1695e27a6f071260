"""The permissions of Google's roles, as its IAM API lists them. `roles.json` has the source and the date."""

import json
import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from http import HTTPStatus
from typing import Final

from tests.gcs_store import Refused
from tests.processes import ROOT

_LISTED: Final = json.loads((ROOT / "tests/deploy/roles.json").read_text())

ROLES: Final[dict[str, frozenset[str]]] = {
    role: frozenset(f"{kind}.{verb}" for kind, verbs in kinds.items() for verb in verbs.split())
    for role, kinds in _LISTED["roles"].items()
}
"""The permissions of each role."""

KNOWN: Final = frozenset().union(*ROLES.values())
"""All permissions that at least one of these roles has."""

OWNER: Final = "roles/owner"

OF_OWNERS: Final = ("roles/storage.legacyBucketOwner", "roles/storage.legacyObjectOwner")
"""The roles that the policy of a new bucket grants to the owners of its project."""

NOT_ON_BUCKETS: Final = frozenset({"storage.buckets.create", "storage.buckets.list"})
"""Permissions that exist only on a project: https://cloud.google.com/storage/docs/json_api/v1/buckets/testIamPermissions"""


def held(roles: Iterable[str]) -> frozenset[str]:
    """The permissions that these roles on a project grant in the project."""
    return frozenset().union(*(ROLES[each] for each in roles))


def held_on_bucket(roles: Iterable[str]) -> frozenset[str]:
    """The permissions that these roles on a project grant on a bucket in it, if the bucket has its first policy."""
    given = set(roles)
    return held(given | set(OF_OWNERS if OWNER in given else ()))


def answer(asked: Iterable[str], granted: AbstractSet[str], unknown: AbstractSet[str]) -> dict[str, list[str]]:
    """Google's response to the question which permissions an account has. It leaves out an empty list.

    Raises:
        Refused: one of the permissions does not exist. Then Google refuses the whole request.
    """
    for each in asked:
        if each not in KNOWN - unknown:
            raise Refused(HTTPStatus.BAD_REQUEST, f"Permission {each} is not valid for this resource.")
    found = [each for each in asked if each in granted]
    return {"permissions": found} if found else {}


def roles_in_the_guide() -> list[str]:
    """The roles that docs/deploy.md lists for people who are not owners."""
    guide = (ROOT / "docs/deploy.md").read_text()
    section = re.search(r"^## Without the Owner role\n(.*?)^## ", guide, re.MULTILINE | re.DOTALL)
    assert section is not None
    return re.findall(r"^\| `(roles/[\w.]+)` \|", section[1], re.MULTILINE)
