"""Where the service runs, and what can be reached there besides its API: the dropbox, the buckets and the logs."""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import requests

from tools.deploy.processes import Failure
from tools.smoke.outcomes import Failed, NotWritten, Skipped
from tools.smoke.picture import CONTENT_TYPE

_NO_RIGHT: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
_LAPTOPS: Final = {"127.0.0.1", "localhost", "::1"}
EXAMPLE: Final = "http://127.0.0.1:8080"


class Place:
    """A service of which only the API is known.

    Attributes:
        api: the URL that its paths are relative to.
        key: the API key for the run.
        patience: seconds to wait for what an event has to do.
        project: the project on Google Cloud; None if it is unknown, or the service runs on a laptop.
        local: whether the service runs on this machine.
        origins: the origins of pages that may use the service from a browser: its own page, and those that are known
            from its setting CORS_ORIGINS.
        no_buckets: why the buckets cannot be reached without the service.
    """

    patience = 60.0
    project: str | None = None
    local = False
    no_buckets = "it needs access to the buckets. Name the project: make smoke PROJECT=…"

    def __init__(self, api: str, key: str, origins: Sequence[str] = ()) -> None:
        self.api = api.rstrip("/")
        self.key = key
        self.origins = (origin_of(self.api), *(each for each in origins if each != "*"))

    @property
    def one_host(self) -> bool:
        """Whether one server is in front of all functions, so that the paths of older tutorials exist."""
        return not self.api.endswith(".cloudfunctions.net")

    def drop(self, name: str, file: Path) -> None:
        """Put a file into the dropbox under that name.

        Raises:
            Skipped: that is not possible here.
        """
        del name, file
        raise Skipped(self.no_buckets)

    def delete(self, bucket: str, name: str) -> None:
        """Delete an object without the service: `bucket` is `originals` or `dropbox`.

        Raises:
            Skipped: that is not possible here.
        """
        del bucket, name
        raise Skipped(self.no_buckets)

    def objects(self, bucket: str, prefix: str) -> Sequence[str] | None:
        """The names of the objects that begin with `prefix`; None if they cannot be listed here."""
        del bucket, prefix
        return None

    def log(self, function: str, text: str) -> str | None:
        """The newest line with that text in the log of a function; None if there is none.

        Raises:
            Skipped, Failure: the log cannot be read here.
        """
        del function, text
        raise Skipped("the log can be read only with PROJECT=…")

    def removal(self, bucket: str, name: str) -> str:
        """The command that deletes an object that the run has left behind: `bucket` is `originals` or `dropbox`."""
        if bucket == "dropbox":
            return f"gcloud storage rm gs://DROPBOX/{name} (`make url` has the name of that bucket as `drop`)"
        return f".venv/bin/image-repo delete --api {self.api} --key KEY_OF_AN_ADMIN {name.partition('.')[0]}"

    def close(self) -> None:
        """Take back what the run needed here, such as its key."""


class Laptop(Place):
    """`make run` on this machine."""

    patience = 30.0
    local = True
    no_buckets = "only the service can delete in the buckets of `make run`"

    def drop(self, name: str, file: Path) -> None:
        """Send the file to the runner, which takes drops over HTTP."""
        headers = {"X-API-Key": self.key, "Content-Type": CONTENT_TYPE}
        answer = requests.put(f"{self.api}/dropbox/{quote(name)}", file.read_bytes(), headers=headers, timeout=30)
        if not answer.ok:
            raise (NotWritten if answer.status_code in _NO_RIGHT else Failed)(
                f"The runner refuses a drop with {answer.status_code}: {answer.text.strip()[:300]}"
            )

    def removal(self, bucket: str, name: str) -> str:
        """The same with the commands for a laptop: only the service can remove a drop."""
        if bucket == "dropbox":
            return "make fsck FIX=1 GRACE=0 (it makes the drop an image, which you can delete)"
        return super().removal(bucket, name)


def place_of(api: str, key: str, origins: Sequence[str] = ()) -> Place:
    """The place of a service of which only the API is known.

    Raises:
        Failure: `api` is not the address of a service, or `key` cannot be sent.
    """
    if not (key.isascii() and key.isprintable()):
        raise Failure("KEY contains invalid characters. Copy it again, without line breaks: make smoke KEY=…")
    if not _is_address(api):
        raise Failure(
            "API must be the address of a service with http:// or https://, and without @, ? and #, such as "
            f"{EXAMPLE}, not {api!r}. `make url` prints the address of a deployment. Run: make smoke API={EXAMPLE}"
        )
    return (Laptop if urlsplit(api).hostname in _LAPTOPS else Place)(api, key, origins)


def origin_of(url: str) -> str:
    """The origin of a URL: its scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        found = (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and parts.username is None
        )
    except ValueError:  # an invalid port, or unbalanced brackets
        return False
    return found and not (parts.query or parts.fragment) and text.isprintable() and " " not in text
