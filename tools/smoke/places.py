"""Where the service runs, and what can be reached there besides its API: the dropbox, the buckets and the logs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import requests

from functions.domain.callers import Role
from tools.deploy import keys, secret
from tools.deploy.google import NotThere, gcloud
from tools.deploy.processes import Failure
from tools.smoke.outcomes import Failed, Skipped
from tools.smoke.picture import CONTENT_TYPE

_LAPTOPS: Final = {"127.0.0.1", "localhost", "::1"}


class Place:
    """A service of which only the API is known.

    Attributes:
        api: the URL that its paths are relative to.
        key: the API key for the run.
        patience: seconds to wait for what an event has to do.
        project: the project on Google Cloud; None if it is unknown, or the service runs on a laptop.
        local: whether the service runs on this machine.
        no_buckets: why the buckets cannot be reached without the service.
    """

    patience = 60.0
    project: str | None = None
    local = False
    no_buckets = "it needs access to the buckets. Name the project: make smoke PROJECT=…"

    def __init__(self, api: str, key: str) -> None:
        self.api = api.rstrip("/")
        self.key = key

    @property
    def origin(self) -> str:
        """The origin of a page that uses the API from a browser."""
        parts = urlsplit(self.api)
        return f"{parts.scheme}://{parts.netloc}"

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
        """The newest line with that text in the log of a function; None if there is none, or it cannot be read."""
        del function, text
        return None

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
            raise Failed(f"The runner refuses a drop with {answer.status_code}: {answer.text.strip()[:300]}")


class Deployment(Place):
    """A deployment on Google Cloud, reached with gcloud's account and a key that is made for this run.

    Args:
        project: its id.
        outputs: Terraform's outputs.
        name: of the key.
    """

    patience = 180.0

    def __init__(self, project: str, outputs: dict[str, Any], name: str) -> None:
        super().__init__(outputs["base_url"], "")
        self.project = project
        self._outputs = outputs
        self._key_name = name
        self._secret_id: str = outputs["keys_secret"]
        self._before: secret.Version | None = None
        """The version of the secret before the key was made."""

    def make_key(self) -> None:
        """Create the key. The functions know it within a minute."""
        self._before = secret.latest(self._id, self._secret_id)
        self.key = keys.make(self._id, self._secret_id, self._key_name, Role.ADMIN)

    @property
    def _id(self) -> str:
        return str(self.project)

    @property
    def origin(self) -> str:
        """The origin of the page."""
        parts = urlsplit(self._outputs["page_url"])
        return f"{parts.scheme}://{parts.netloc}"

    def drop(self, name: str, file: Path) -> None:
        """Copy the file into the bucket."""
        gcloud("storage", "cp", str(file), self._url("dropbox", name), f"--content-type={CONTENT_TYPE}", seconds=120)

    def delete(self, bucket: str, name: str) -> None:
        """Delete the object in the bucket, as a person in the console would."""
        gcloud("storage", "rm", self._url(bucket, name), seconds=120)

    def objects(self, bucket: str, prefix: str) -> Sequence[str] | None:
        """List the bucket."""
        url = self._url(bucket, "")
        try:
            return [each.removeprefix(url) for each in gcloud("storage", "ls", f"{url}{prefix}**").splitlines()]
        except NotThere:
            return []

    def log(self, function: str, text: str) -> str | None:
        """Search the log of the last hour."""
        service = self._outputs["functions"][function]
        query = (
            'resource.type="cloud_run_revision" '
            f'AND resource.labels.service_name="{service}" AND jsonPayload.message:"{text}"'
        )
        options = [f"--project={self._id}", "--freshness=1h", "--limit=1", "--format=json"]
        try:
            found = json.loads(gcloud("logging", "read", query, *options) or "[]")
        except Failure:  # the sentence that needs the line is about another failure
            return None
        return str(found[0]["jsonPayload"]["message"]).splitlines()[0] if found else None

    def close(self) -> None:
        """Take the key back, if it was made, and the two versions of the secret that a run would leave behind."""
        if self._before is None or self._key_name not in keys.names_in(secret.latest(self._id, self._secret_id).text):
            return
        keys.take_back(self._id, self._secret_id, self._key_name)
        number, text = secret.latest(self._id, self._secret_id)
        first = self._before.number
        if number == first + 2 and text.strip() == self._before.text.strip():  # no one else has changed it
            secret.destroy(self._id, self._secret_id, (first, first + 1))

    def _url(self, bucket: str, name: str) -> str:
        return f"gs://{self._outputs[f'{bucket}_bucket']}/{name}"


def place_of(api: str, key: str) -> Place:
    """The place of a service of which only the API is known."""
    return (Laptop if urlsplit(api).hostname in _LAPTOPS else Place)(api, key)
