"""A deployment on Google Cloud as a place of a run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from functions.domain.callers import Role
from tools.deploy import keys, secret
from tools.deploy.google import NotThere, gcloud
from tools.smoke.picture import CONTENT_TYPE
from tools.smoke.places import Place, origin_of


class Deployment(Place):
    """A deployment on Google Cloud, reached with gcloud's account and a key that is made for this run.

    Args:
        project: its id.
        outputs: Terraform's outputs.
        name: of the key.
    """

    patience = 180.0

    def __init__(self, project: str, outputs: dict[str, Any], name: str) -> None:
        allowed = str(outputs.get("environment", {}).get("CORS_ORIGINS", ""))
        super().__init__(outputs["base_url"], "", [each for each in allowed.split(",") if each])
        self.origins = tuple(dict.fromkeys((origin_of(outputs["page_url"]), *self.origins[1:])))
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
        found = json.loads(gcloud("logging", "read", query, *options) or "[]")
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

    def removal(self, bucket: str, name: str) -> str:
        """See `Place`."""
        return f"gcloud storage rm {self._url(bucket, name)}"

    def _url(self, bucket: str, name: str) -> str:
        return f"gs://{self._outputs[f'{bucket}_bucket']}/{name}"
