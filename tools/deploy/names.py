"""The variables of Terraform that name resources. They are not inputs of `make`; files in `infra/` set them."""

import json
import os
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from tools.deploy.processes import Failure, run
from tools.package import ROOT

INFRA: Final = ROOT / "infra"

_CRASH: Final = "!!!!"
"""What begins the report of a crash, which follows Terraform's message about a variable of the wrong type."""
_RESERVED: Final = "gcp-"


FORMS: Final = {
    "name": (
        "[a-z][a-z0-9-]{1,12}[a-z0-9]",
        "have 3 to 14 lower-case letters, digits and hyphens, with a letter first",
    ),
    "catalog_database": (
        r"(\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])",
        "be (default), or 4 to 63 lower-case letters, digits and hyphens with a letter first",
    ),
}
"""The form of each name, as `infra/variables*.tf` validates it, and that form in words."""


class Names(NamedTuple):
    """The first part of the names of resources, and the name of the catalog's database."""

    name: str = "image-repo"
    catalog_database: str = "(default)"

    @property
    def counters_database(self) -> str:
        """The name of the database with the views and calls."""
        return f"{self.name}-counters"


def resource_names(folder: Path = INFRA) -> Names:
    """The names that Terraform would use in that folder. Terraform itself reads the files, if there are any.

    Raises:
        Failure: a file cannot be read, or a name is invalid. Google would refuse the name only in the middle of a
            deployment.
    """
    given = tuple(os.environ.get(f"TF_VAR_{each}") for each in Names._fields)
    files = _files(folder)
    unset = all(each is None for each in given)
    return _checked(Names() if unset and not files else _evaluated(files, given))


def _files(folder: Path) -> tuple[tuple[str, bytes], ...]:
    """The files of variables that Terraform reads by itself: the name and the bytes of each."""
    patterns = ("terraform.tfvars", "terraform.tfvars.json", "*.auto.tfvars", "*.auto.tfvars.json")
    paths = [path for each in patterns for path in sorted(folder.glob(each))]
    try:
        return tuple((each.name, each.read_bytes()) for each in paths)
    except OSError as error:
        raise Failure(f"{error.filename} cannot be read ({error.strerror}). Correct it, or delete it.") from None


@cache
def _evaluated(files: tuple[tuple[str, bytes], ...], given: tuple[str | None, ...]) -> Names:
    """The names by Terraform, which takes them from those files and from the environment, where `given` is from."""
    del given
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files:
            Path(folder, name).write_bytes(data)
        Path(folder, "main.tf").write_text("\n".join(_declared(*each) for each in Names()._asdict().items()))
        question = f"jsonencode([{', '.join(f'var.{each}' for each in Names._fields)}])\n"
        ended = run(
            "terraform", f"-chdir={folder}", "console", "-no-color", text=question, env={"CHECKPOINT_DISABLE": "1"}
        )
    if ended.status:
        message = " ".join(ended.error.partition(_CRASH)[0].partition("Error: ")[2].split())
        raise Failure(f"Terraform cannot read the variables in infra/*.tfvars. Correct them: {message}")
    found: list[Any] = json.loads(json.loads(ended.output.splitlines()[-1]))
    if None in found:
        raise Failure("The variables name and catalog_database must not be null. Correct infra/*.tfvars.")
    return Names(*found)


def _declared(name: str, default: str) -> str:
    return f'variable "{name}" {{\n  type    = string\n  default = "{default}"\n}}\n'


def _checked(found: Names) -> Names:
    for field, (form, what) in FORMS.items():
        value = getattr(found, field)
        if not re.fullmatch(form, value):
            raise Failure(f"The variable {field} must {what}, not {value!r}. Correct infra/*.tfvars.")
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
