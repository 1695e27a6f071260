"""The whole service in one process, with the application of `make run`. A test decides when events are delivered."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlencode

from werkzeug.datastructures import FileStorage
from werkzeug.test import Client, TestResponse, encode_multipart

from functions.adapters.embedded.outbox import Event
from functions.adapters.embedded.signer import LocalSigner
from functions.config import Settings
from functions.domain.callers import ApiKey, Caller, Role
from functions.domain.drops import is_refused
from functions.domain.metadata import description_of
from functions.domain.model import Image, RenditionState
from functions.domain.ports import Bucket, Catalog, Counters, Filter, Object, Order
from functions.domain.tickets import Tickets
from functions.routes import function_for
from functions.wiring import Wiring, install
from local.app import LocalApp
from local.delivery import cloud_event_headers
from tests.backends import Backend
from tests.faults import Fault, faulty

ADMIN, ALICE, BOB = "admin-key", "alice-key", "bob-key"
_TOKEN = "event-token"  # noqa: S105 - of this process alone


@cache
def local_app() -> LocalApp:
    """The application of the local runner. It has no state, so that all tests can share one."""
    return LocalApp(_TOKEN)


def _form(fields: dict[str, Any], content_type: str | None) -> dict[str, Any]:
    """The body and content type of a form: multipart if it has a file (stream, name) or a content type is given."""
    values = {name: _files(value) for name, value in fields.items()}
    if content_type is None and not any(isinstance(each, list) for each in values.values()):
        return {"data": urlencode(values), "content_type": "application/x-www-form-urlencoded"}
    boundary, body = encode_multipart(values)
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


def _files(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return [FileStorage(*each) for each in (value if isinstance(value, list) else [value])]


def _key(key: str, name: str, role: Role) -> ApiKey:
    return ApiKey(Caller(name, role), hashlib.sha256(key.encode()).hexdigest())


KEYS = (_key(ADMIN, "admin", Role.ADMIN), _key(ALICE, "alice", Role.UPLOADER), _key(BOB, "bob", Role.UPLOADER))


class Service:
    """The service on a new repository. Its local files are in `folder`."""

    def __init__(self, folder: Path, backend: Backend, **settings: Any) -> None:
        self.settings = Settings(data=folder, keys=KEYS, **settings)
        self.open = backend.create(folder)
        parts = self.open()
        self.catalog, self.originals, self.renditions = parts.catalog, parts.originals, parts.renditions
        self.dropbox, self.tickets, self.counters = parts.dropbox, parts.tickets, parts.counters
        self.signer = LocalSigner(folder / "signing-secret")
        self._own = parts.own
        self._client = Client(local_app())

    def __enter__(self) -> Self:
        self.install()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        install(None)
        for part in self._own:
            part.close()

    @property
    def ports(self) -> dict[str, Catalog | Bucket | Tickets | Counters]:
        """The ports of the service by name."""
        return {
            "catalog": self.catalog,
            "originals": self.originals,
            "renditions": self.renditions,
            "dropbox": self.dropbox,
            "tickets": self.tickets,
            "counters": self.counters,
        }

    def install(self, **others: object) -> None:
        """Install the service again, with these parts in place of its own. It starts with nothing in memory."""
        install(Wiring(self.settings, **{"signer": self.signer, **self.ports, **others}))

    def inject(self, fault: Fault) -> None:
        """Install the service again, with this fault in all its ports."""
        self.install(**{name: faulty(each, fault) for name, each in self.ports.items()})

    def request(self, method: str, path: str, *, key: str | None = None, **options: Any) -> TestResponse:
        """Send a request, with this API key if there is one."""
        headers = dict(options.pop("headers", {}))
        if isinstance(options.get("data"), dict):
            options.update(_form(options["data"], options.get("content_type")))
        if key is not None:
            headers["X-API-Key"] = key
        return self._client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.request("GET", path, **options)

    def upload(self, data: bytes, filename: str = "photo.jpg", *, key: str = ALICE, **fields: str) -> TestResponse:
        """Upload one file as multipart."""
        form = {**fields, "image": (BytesIO(data), filename)}
        return self.request("POST", "/upload", key=key, data=form)

    def stored(self, data: bytes, **fields: str) -> dict[str, Any]:
        """Upload a file and deliver the events. Returns the details of the image."""
        response = self.upload(data, **fields)
        assert response.status_code == 201, response.text
        self.deliver()
        return self.details(response.get_json()["id"])

    def details(self, image_id: str) -> dict[str, Any]:
        response = self.get(f"/fetch/{image_id}/details")
        assert response.status_code == 200, response.text
        return cast("dict[str, Any]", response.get_json())

    def pending_events(self) -> list[Event]:
        """The events that are not delivered yet, in order, without those that no function handles."""
        later = datetime.now(UTC) + timedelta(days=1)
        events = [event for each in (self.dropbox, self.originals) for event in each.outbox.due(later, 20_000)]
        return [each for each in events if function_for(each.type, str(each.object["bucket"]))]

    def post(self, event: Event) -> TestResponse:
        """Deliver an event once. It stays in the outbox, also if the function succeeds."""
        function = function_for(event.type, str(event.object["bucket"]))
        assert function is not None
        headers: Mapping[str, str] = {**cloud_event_headers(event), "Authorization": f"Bearer {_TOKEN}"}
        return self._client.post(f"/{function.name}", data=json.dumps(event.object), headers=headers)

    def done(self, event: Event) -> None:
        """Remove an event from the outbox."""
        bucket = self.dropbox if event.object["bucket"] == "dropbox" else self.originals
        bucket.outbox.done(event.seq)

    def drop(self, name: str, data: bytes, content_type: str = "image/jpeg", **metadata: str) -> Object:
        """Write a file to the dropbox, as a user does who has access to the bucket."""
        return self.dropbox.write(name, data, content_type=content_type, metadata=metadata)

    def deliver(self) -> None:
        """Deliver all events, and those that they cause."""
        while events := self.pending_events():
            for event in events:
                response = self.post(event)
                assert response.status_code == 200, response.text
                self.done(event)

    def entries(self) -> dict[str, Image]:
        found = self.catalog.page(Filter(), Order.ID, after=None, limit=1000)
        return {each.id: each for each in found}

    def check_agreement(self) -> None:
        """Check that bucket, catalog and renditions agree, as they must when all events are delivered."""
        originals = {each.name: each for each in self.originals.list()}
        entries = self.entries()
        assert {each.object_name for each in entries.values()} == set(originals)
        for entry in entries.values():
            _check_entry(entry, originals[entry.object_name], self.renditions.list(f"{entry.id}/"))
        assert {each.name.split("/")[0] for each in self.renditions.list()} <= set(entries)
        assert all(is_refused(each) for each in self.dropbox.list())


def _check_entry(entry: Image, original: Object, renditions: Any) -> None:
    assert entry.generation == original.generation
    assert entry.metageneration == original.metageneration
    assert entry.facts.bytes == original.size
    assert entry.facts.sha256 == original.metadata["sha256"]
    assert entry.description == description_of(original)
    assert entry.renditions.state is RenditionState.READY
    made = {each.name.rpartition("/")[2].removesuffix(".webp"): each.size for each in renditions}
    assert {each.name: each.bytes for each in entry.renditions.items} == made
