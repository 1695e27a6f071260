"""The variables of Terraform that name resources. They are not inputs of `make`; files in `infra/` set them."""

import json
import os
import re
from pathlib import Path
from typing import Final, NamedTuple

from tools.deploy.processes import Failure
from tools.package import ROOT

INFRA: Final = ROOT / "infra"

_ASSIGNMENT: Final = re.compile(r'^[ \t]*(name|catalog_database)[ \t]*=[ \t]*"([^"]*)"', re.MULTILINE)
_RESERVED: Final = "gcp-"


class Names(NamedTuple):
    """The first part of the names of resources, and the name of the catalog's database."""

    name: str = "image-repo"
    catalog_database: str = "(default)"

    @property
    def counters_database(self) -> str:
        """The name of the database with the views and calls."""
        return f"{self.name}-counters"


def resource_names(folder: Path = INFRA) -> Names:
    """The names that Terraform would use in that folder.

    Raises:
        Failure: a name is invalid. Google would refuse it only in the middle of a deployment.
    """
    found: dict[str, str] = {}
    for field in Names._fields:
        if os.environ.get(f"TF_VAR_{field}"):
            found[field] = os.environ[f"TF_VAR_{field}"]
    for path in _files(folder):
        found |= _assigned(path)
    return _checked(Names(**found))


def _files(folder: Path) -> list[Path]:
    """The files of variables in the order in which Terraform reads them. A later one overrides an earlier one."""
    named = [folder / "terraform.tfvars", folder / "terraform.tfvars.json"]
    automatic = [*folder.glob("*.auto.tfvars"), *folder.glob("*.auto.tfvars.json")]
    return [each for each in (*named, *sorted(automatic)) if each.exists()]


def _assigned(path: Path) -> dict[str, str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".json":
        return dict(_ASSIGNMENT.findall(text))
    try:
        return {field: str(value) for field, value in json.loads(text).items() if field in Names._fields}
    except (ValueError, AttributeError):
        raise Failure(f"{path} is not a JSON object. Correct it, or delete it.") from None


def _checked(found: Names) -> Names:
    if f"{found.name}-".startswith(_RESERVED):  # the pool is called NAME-github
        raise Failure(
            f"The variable name must not be gcp or begin with {_RESERVED}, not {found.name!r}: Google reserves this "
            "prefix for its own identity pools. Choose another name in infra/name.auto.tfvars."
        )
    if found.catalog_database == found.counters_database:
        raise Failure(
            f"The variable catalog_database must not be {found.catalog_database!r}, which is the database of the views "
            "and calls. Choose another name in infra/*.auto.tfvars."
        )
    return found
