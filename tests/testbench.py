"""The strict server with three habits of Google's storage-testbench, which is on no registry.

Read in that server's source (googleapis/storage-testbench: `gcs/object.py`, `testbench/rest_server.py`): uploads get
custom metadata of their own, which answers repeat under another name; an answer has no member for a number that is 0;
and the routes of objects leave out the slashes at the beginning of a name.
"""

import json
import re
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any, Final

from tests.gcs_server import GcsServer, Handler, running
from tests.gcs_store import Query, Resource, Store

ADDED: Final = ("x_emulator_", "x_testbench_")
"""How the names of the custom metadata begin that the server adds."""


class _Store(Store):
    def insert(self, bucket: str, resource: Resource, data: bytes, content_type: str, query: Query) -> Resource:
        own = {"x_emulator_upload": query["uploadType"], "x_emulator_crc32c": resource.get("crc32c", "none")}
        metadata = {**(resource.get("metadata") or {}), **own}
        return super().insert(bucket, {**resource, "metadata": metadata}, data, content_type, query)


class _Handler(Handler):
    def _answer(self, body: bytes) -> tuple[HTTPStatus, dict[str, str], bytes]:
        self.path = re.sub(r"(/b/[^/]+/o/)(?:%2F)+", r"\1", self.path)
        status, headers, answer = super()._answer(body)
        if headers.get("Content-Type") == "application/json":
            answer = json.dumps(json.loads(answer, object_hook=_as_answered)).encode()
        return status, headers, answer


def _as_answered(member: dict[str, Any]) -> dict[str, Any]:
    """That object of an answer, as the server sends it."""
    copies = {name.replace("emulator", "testbench"): value for name, value in member.items() if "emulator" in name}
    return {name: value for name, value in (member | copies).items() if (name, value) != ("size", "0")}


def like_testbench() -> AbstractContextManager[GcsServer]:
    """The server, with no bucket in it."""
    server = GcsServer()
    server.RequestHandlerClass = _Handler
    server.store = _Store()
    return running(server)
