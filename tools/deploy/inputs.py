"""The inputs of a deployment. They are validated before any request to Google Cloud."""

import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Self

from tools.deploy.processes import Failure
from tools.deploy.regions import REGIONS

MEMORY: Final = Path(__file__).parent.parent.parent / ".deploy.env"
"""A file with the project that this checkout deployed last, so that later commands need not name it."""

_PROJECT: Final = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_DOMAIN: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_ORIGIN: Final = re.compile(r"\*|https?://[a-z0-9.:_\[\]-]+")
"""In the form that browsers send: with lower-case letters, and an internationalized name as xn--…"""
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Inputs:
    """The variables of Terraform that `make` accepts, with Terraform's names."""

    project: str
    region: str = "europe-west1"
    domain: str | None = None
    cors_origins: tuple[str, ...] = ("*",)
    alert_email: str | None = None
    github_repository: str | None = None

    def with_given(self, given: dict[str, str]) -> Self:
        """These inputs with the given ones in place of the old ones. An empty text resets an input.

        Raises:
            Failure: a given input is invalid.
        """
        parsed: dict[str, Any] = {name: _PARSERS[name](text) for name, text in given.items()}
        return replace(self, **parsed)

    @classmethod
    def of_variables(cls, kept: dict[str, Any]) -> Self:
        """The inputs that `as_variables` returned. Those that only a later version has are ignored, for a rollback."""
        known = {each.name: kept[each.name] for each in fields(cls) if each.name in kept}
        return cls(**{**known, "cors_origins": tuple(kept["cors_origins"])})

    def as_variables(self) -> dict[str, Any]:
        """The inputs as a dictionary that JSON can represent."""
        return asdict(self)


def named_project(given: str | None) -> str:
    """The given project, or else the one that was deployed last.

    Raises:
        Failure: there is no project, or its id is invalid.
    """
    project = _last_project() if given is None else given
    if not project:
        raise Failure(
            f"PROJECT is {'missing' if given is None else 'empty'}. "
            "Name your Google Cloud project: PROJECT=my-project (`gcloud projects list` shows yours)."
        )
    if not _PROJECT.fullmatch(project):
        raise Failure(
            f"PROJECT must be a project id, not {project!r}: 6 to 30 lower-case letters, digits and hyphens, with a "
            "letter first. `gcloud projects list` shows yours."
        )
    return project


def _last_project() -> str:
    try:
        return MEMORY.read_text(errors="replace").strip().partition("=")[2]
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Failure(
            f"{MEMORY} cannot be read ({error.strerror}). Delete it, and name the project: PROJECT=…"
        ) from None


def remember_project(project: str) -> None:
    """Make that project the default of later commands in this checkout."""
    MEMORY.write_text(f"PROJECT={project}\n")


def _region(text: str) -> str:
    if text not in REGIONS:
        raise Failure(
            f"REGION must be a region that has Cloud Run functions, Eventarc and Firestore, not {text!r}. "
            f"Choose one of: {', '.join(sorted(REGIONS))}."
        )
    return text


def _domain(text: str) -> str | None:
    return _fitting(
        text.lower(), _DOMAIN, "DOMAIN", "a host name without https:// and path, such as photos.example.com"
    )


def _email(text: str) -> str | None:
    return _fitting(text, _EMAIL, "EMAIL", "an e-mail address, such as me@example.com")


def _repository(text: str) -> str | None:
    return _fitting(text, _REPOSITORY, "GITHUB", "OWNER/NAME, such as octocat/image-repo")


def parse_origins(text: str) -> tuple[str, ...]:
    """The origins in a comma-separated list; ("*",) if it is empty.

    Raises:
        Failure: one of them is not an origin.
    """
    origins = tuple(each.strip().rstrip("/").lower() for each in text.split(",") if each.strip()) or ("*",)
    for each in origins:
        _fitting(each, _ORIGIN, "CORS", "a comma-separated list of origins, such as https://blog.example.com")
    return origins


def _fitting(text: str, pattern: re.Pattern[str], name: str, what: str) -> str | None:
    if text and not pattern.fullmatch(text):
        raise Failure(f"{name} must be {what}, not {text!r}.")
    return text or None


_PARSERS: Final = {
    "region": _region,
    "domain": _domain,
    "cors_origins": parse_origins,
    "alert_email": _email,
    "github_repository": _repository,
}
