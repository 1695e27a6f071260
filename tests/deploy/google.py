"""A local replacement for the APIs of Google Cloud that the real gcloud and Terraform use for a deployment.

It implements the reference of each API in memory: Resource Manager, Cloud Billing, Service Usage, Secret Manager, Cloud
Logging, Artifact Registry, Firestore's databases and indexes, and Cloud Storage with the strict server of the contract
tests. It refuses unknown requests. An account has the permissions that its roles have at Google. The tests on it show
that our commands send the right requests in the right order and read the responses correctly. They do not show that
Google would accept them.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from email import message_from_bytes
from http import HTTPStatus
from io import BufferedIOBase, BytesIO
from typing import IO, Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from tests.deploy.project import Project
from tests.deploy.roles import NOT_ON_BUCKETS, answer, held, held_on_bucket
from tests.gcs_server import GcsServer, Handler, running
from tests.gcs_store import Refused

SERVICES = (
    "artifactregistry", "cloudbilling", "cloudresourcemanager", "firestore",
    "logging", "secretmanager", "serviceusage", "storage",
)  # fmt: skip


class Google(GcsServer):
    """A server with all of the APIs at `url`."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = GoogleHandler
        self.project = Project()
        self.before_next_version: Callable[[], None] | None = None
        """Called just before the next version of the secret is appended, to change it like another user."""
        self.before_deletion: Callable[[str], None] = lambda _: None
        """Called with the name of the bucket just before an object is deleted."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send the requests of gcloud, of Terraform's backend and of our code to this server."""
        return {
            **{f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{each.upper()}": f"{self.url}/" for each in SERVICES},
            "STORAGE_EMULATOR_HOST": self.url.removeprefix("http://"),
        }

    @property
    def writes(self) -> list[str]:
        """The requests so far that could have changed something."""
        harmless = (":testIamPermissions", "entries:list")
        return [each for each in self.plan.requests if not each.startswith("GET ") and not each.endswith(harmless)]

    def make_bucket(self, name: str) -> None:
        """Create a bucket, as Terraform would."""
        self.store.create_bucket(name)
        self.project.buckets[name] = {"kind": "storage#bucket", "id": name, "name": name}

    def add_secret(self, text: str) -> None:
        """Append a version to the secret, like another user."""
        self.project.versions.append(
            {"state": "ENABLED", "data": b64encode(text.encode(errors="surrogateescape")).decode()}
        )

    def secret_text(self) -> str:
        """The text of the newest version of the secret."""
        return b64decode(self.project.versions[-1]["data"]).decode(errors="surrogateescape")


def google() -> AbstractContextManager[Google]:
    """Run a cloud with one empty project until the block ends."""
    return running(Google())


class GoogleHandler(Handler):
    """Handles the requests of one connection."""

    server: Google

    def _serve(self) -> None:
        """Read a chunked body first: Go's client sends uploads in chunks, without a Content-Length."""
        stream = self.rfile
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(_chunks(stream))
            self.headers["Content-Length"] = str(len(body))
            self.rfile = BytesIO(body)
        super()._serve()
        self.rfile = stream

    def _answer(self, body: bytes) -> tuple[HTTPStatus, dict[str, str], bytes]:
        target = urlsplit(self.path)
        for pattern, method in ROUTES:
            found = re.fullmatch(pattern, f"{self.command} {unquote(target.path)}")
            if found:
                given = body if method is GoogleHandler.upload_json else json.loads(body or b"{}")
                answer = method(self, *found.groups(), body=given)
                if isinstance(answer, tuple):
                    return answer
                return HTTPStatus.OK, {"Content-Type": "application/json"}, json.dumps(answer).encode()
        found = re.fullmatch(r"GET /([^/]+)/(.+)", f"{self.command} {target.path}")
        if found and found[1] in self.server.project.buckets:  # the XML API, which Go's client uses for reading
            read: tuple[HTTPStatus, dict[str, str], bytes] = self.get(
                found[1], unquote(found[2]), query={"alt": "media"}, body=b""
            )
            return read
        return super()._answer(body)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query))

    def _known(self, project: str) -> Project:
        if project != self.server.project.id:
            raise Refused(HTTPStatus.FORBIDDEN, "The caller does not have permission")
        return self.server.project

    def describe_project(self, project: str, *, body: Any) -> Any:
        del body
        found = self._known(project)
        return {"projectId": found.id, "name": "My Photos", "projectNumber": "123", "lifecycleState": found.state}

    def test_permissions(self, project: str, *, body: Any) -> Any:
        found = self._known(project)
        return answer(body["permissions"], held(found.roles), found.renamed)

    def test_bucket_permissions(self, name: str, *, body: Any) -> Any:
        found = self.server.project
        self.describe_bucket(name, body=body)
        asked = parse_qs(urlsplit(self.path).query)["permissions"]
        return answer(asked, held_on_bucket(found.roles), found.renamed | NOT_ON_BUCKETS)

    def billing(self, project: str, *, body: Any) -> Any:
        del body
        on = (
            {"billingEnabled": True} if self._known(project).billing else {}
        )  # the API leaves out members that are false
        return {"name": f"projects/{project}/billingInfo", "projectId": project, **on}

    def services(self, project: str, *, body: Any) -> Any:
        del body
        names = parse_qs(urlsplit(self.path).query)["names"]
        enabled = self._known(project).enabled
        on = {each: each.rpartition("/")[2] in enabled for each in names}
        return {"services": [{"name": name, "state": "ENABLED" if on[name] else "DISABLED"} for name in names]}

    def enable(self, project: str, *, body: Any) -> Any:
        self._known(project).enabled.update(body["serviceIds"])
        return {"name": "operations/noop.DONE_OPERATION", "done": True, "response": {}}

    def identity(self, project: str, *, body: Any) -> Any:
        del body
        self._known(project)
        return {"name": "operations/finished.DONE_OPERATION", "done": True, "response": {"email": "agent@example.com"}}

    def create_google_bucket(self, *, body: Any) -> Any:
        self._known(self.query["project"])
        self.server.store.create_bucket(body["name"])
        self.server.project.buckets[body["name"]] = {"kind": "storage#bucket", "id": body["name"], **body}
        return self.server.project.buckets[body["name"]]

    def describe_bucket(self, name: str, *, body: Any) -> Any:
        del body
        if name not in self.server.project.buckets:
            raise Refused(HTTPStatus.NOT_FOUND, "The specified bucket does not exist.")
        return self.server.project.buckets[name]

    def change_bucket(self, name: str, *, body: Any) -> Any:
        self.describe_bucket(name, body=None).update(body)
        return self.server.project.buckets[name]

    def upload_json(self, bucket: str, *, body: bytes) -> Any:
        """An upload in one part or in two. gcloud uses other line ends and quotation marks than the standard."""
        if self.query["uploadType"] == "media":
            return self.server.store.insert(bucket, {}, body, "application/json", self.query)
        content_type = self.headers["Content-Type"].replace("'", '"')
        head = f"Content-Type: {content_type}\n\n".encode()
        parts = [each.get_payload(decode=True) for each in message_from_bytes(head + body).walk()][1:]
        about, media = (each for each in parts if isinstance(each, bytes))
        return self.server.store.insert(bucket, json.loads(about), media, "application/json", self.query)

    def delete_object(self, bucket: str, name: str, *, body: Any) -> Any:
        self.server.before_deletion(bucket)
        return self.delete(bucket, name, query=self.query, body=body)

    def change_object(self, bucket: str, name: str, *, body: Any) -> Any:
        """Gcloud sends the whole resource back. Cloud Storage ignores the members that cannot change."""
        writable = {each: body[each] for each in ("metadata", "contentType", "cacheControl") if each in body}
        return self.server.store.patch(bucket, name, writable, self.query)

    def layout(self, bucket: str, *, body: Any) -> Any:
        del body
        return {"kind": "storage#storageLayout", "bucket": bucket, "hierarchicalNamespace": {"enabled": False}}

    def access(self, project: str, version: str, *, body: Any) -> Any:
        del body
        versions = self._known(project).versions
        number = len(versions) if version == "latest" else int(version)
        if not 0 < number <= len(versions):
            raise Refused(HTTPStatus.NOT_FOUND, "Secret Version not found.")
        if versions[number - 1]["state"] != "ENABLED":
            raise Refused(HTTPStatus.BAD_REQUEST, "Secret Version is in DISABLED state.")
        return {"name": _version(number), "payload": {"data": versions[number - 1]["data"]}}

    def add_version(self, project: str, *, body: Any) -> Any:
        versions = self._known(project).versions
        meanwhile, self.server.before_next_version = self.server.before_next_version, None
        if meanwhile is not None:
            meanwhile()
        versions.append({"state": "ENABLED", "data": body["payload"]["data"]})
        return {"name": _version(len(versions)), "state": "ENABLED", "clientSpecifiedPayloadChecksum": True}

    def list_versions(self, project: str, *, body: Any) -> Any:
        del body
        states = [each["state"] for each in self._known(project).versions]
        found = [{"name": _version(number), "state": state} for number, state in enumerate(states, 1)]
        return {"versions": found[::-1]}

    def disable_version(self, project: str, version: str, *, body: Any) -> Any:
        del body
        self._known(project).versions[int(version) - 1]["state"] = "DISABLED"
        return {"name": _version(int(version)), "state": "DISABLED"}

    def destroy_version(self, project: str, version: str, *, body: Any) -> Any:
        del body
        self._known(project).versions[int(version) - 1] = {"state": "DESTROYED", "data": ""}
        return {"name": _version(int(version)), "state": "DESTROYED"}

    def describe_database(self, project: str, name: str, *, body: Any) -> Any:
        del body
        found = self._known(project)
        assert self.headers["X-Goog-User-Project"] == project
        if "firestore.googleapis.com" not in found.enabled:
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}]
            error = {"code": 403, "message": "It is disabled.", "status": "PERMISSION_DENIED", "details": details}
            return HTTPStatus.FORBIDDEN, {"Content-Type": "application/json"}, json.dumps({"error": error}).encode()
        if name not in found.databases:
            raise Refused(HTTPStatus.NOT_FOUND, f"The database {name} does not exist for project {project}")
        return {"name": f"projects/{project}/databases/{name}", "type": "FIRESTORE_NATIVE"}

    def list_indexes(self, project: str, database: str, group: str, *, body: Any) -> Any:
        """A page has at most two indexes."""
        self.describe_database(project, database, body=body)
        fitting = [each for each in self._known(project).indexes if f"/collectionGroups/{group}/" in each["name"]]
        start = int(self.query.get("pageToken") or 0)
        more = {"nextPageToken": str(start + 2)} if len(fitting) > start + 2 else {}
        return {"indexes": fitting[start : start + 2], **more} if fitting else {}

    def describe_repository(self, project: str, location: str, name: str, *, body: Any) -> Any:
        del body
        found = self._known(project).repositories
        if f"{location}/{name}" not in found:
            raise Refused(HTTPStatus.NOT_FOUND, "Requested entity was not found.")
        path = f"projects/{project}/locations/{location}/repositories/{name}"
        return {"name": path, "format": "DOCKER", "description": found[f"{location}/{name}"]}

    def entries(self, *, body: Any) -> Any:
        assert body["orderBy"] == "timestamp desc"
        service = re.search(r'service_name="([^"]+)"', body["filter"])
        assert service is not None
        fitting = [
            each for each in self.server.project.logged if each["resource"]["labels"]["service_name"] == service[1]
        ]
        return {"entries": fitting[::-1]}


def _chunks(stream: IO[bytes] | BufferedIOBase) -> Iterator[bytes]:
    while size := int(stream.readline(), 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()


def _version(number: int) -> str:
    return f"projects/123/secrets/image-repo-api-keys/versions/{number}"


_PROJECT = "/v1/projects/([^/:]+)"
_SECRET = f"{_PROJECT}/secrets/image-repo-api-keys"
ROUTES: list[tuple[str, Callable[..., Any]]] = [
    (f"GET {_PROJECT}", GoogleHandler.describe_project),
    (f"POST {_PROJECT}:testIamPermissions", GoogleHandler.test_permissions),
    (f"GET {_PROJECT}/billingInfo", GoogleHandler.billing),
    (f"GET {_PROJECT}/services:batchGet", GoogleHandler.services),
    (f"POST {_PROJECT}/services:batchEnable", GoogleHandler.enable),
    ("POST /v1beta1/projects/([^/:]+)/services/[a-z.]+:generateServiceIdentity", GoogleHandler.identity),
    (r"POST /storage/v1/b", GoogleHandler.create_google_bucket),
    (r"GET /storage/v1/b/([^/]+)", GoogleHandler.describe_bucket),
    (r"GET /storage/v1/b/([^/]+)/storageLayout", GoogleHandler.layout),
    (r"GET /storage/v1/b/([^/]+)/iam/testPermissions", GoogleHandler.test_bucket_permissions),
    (r"PATCH /storage/v1/b/([^/]+)", GoogleHandler.change_bucket),
    (r"DELETE /storage/v1/b/([^/]+)/o/(.+)", GoogleHandler.delete_object),
    (r"PATCH /storage/v1/b/([^/]+)/o/(.+)", GoogleHandler.change_object),
    (r"POST /upload/storage/v1/b/([^/]+)/o", GoogleHandler.upload_json),
    (f"GET {_SECRET}/versions/([^/:]+):access", GoogleHandler.access),
    (f"POST {_SECRET}:addVersion", GoogleHandler.add_version),
    (f"GET {_SECRET}/versions", GoogleHandler.list_versions),
    (f"POST {_SECRET}/versions/([0-9]+):disable", GoogleHandler.disable_version),
    (f"POST {_SECRET}/versions/([0-9]+):destroy", GoogleHandler.destroy_version),
    (f"GET {_PROJECT}/databases/([^/]+)", GoogleHandler.describe_database),
    (f"GET {_PROJECT}/databases/([^/]+)/collectionGroups/([^/]+)/indexes", GoogleHandler.list_indexes),
    (f"GET {_PROJECT}/locations/([^/]+)/repositories/([^/]+)", GoogleHandler.describe_repository),
    (r"POST /v2/entries:list", GoogleHandler.entries),
]
