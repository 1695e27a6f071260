"""The catalog on Firestore: one document per entry, under the image's id.

Besides the members of `catalog_document`, a document has `write_id`. Each write has a new one, for two reasons. A
writer whose answer was lost recognises its own write in the document that refuses the second attempt. And Firestore
gives no new version to a write that changes nothing.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from google.api_core import exceptions as api
from google.cloud.firestore import (
    Client,
    CollectionReference,
    DocumentReference,
    DocumentSnapshot,
    FieldFilter,
    WriteOption,
)
from google.cloud.firestore import Query as Pages
from google.cloud.firestore_v1.aggregation import AggregationQuery

from functions.adapters.catalog_document import from_document, readable, to_document
from functions.adapters.gcp.call import ServiceCall
from functions.adapters.gcp.client import SharedClient
from functions.adapters.gcp.firestore import FIRESTORE, ONCE, from_fields, to_fields
from functions.adapters.gcp.queries import (
    ID,
    MAX_VALUES,
    Operator,
    Query,
    file_query,
    page_query,
    total_query,
)
from functions.adapters.gcp.retry import RETRY_POLICY, Attempt, RetryPolicy
from functions.domain.errors import Conflict
from functions.domain.formats import FORMATS
from functions.domain.model import Image
from functions.domain.ports import Cursor, Filter, Order, Total

Snapshot = DocumentSnapshot[DocumentReference]

WRITE_ID: Final = "write_id"

_CHANGED: Final = (api.FailedPrecondition, api.NotFound)
"""How Firestore says that a document is not, or no longer, of the version that was asked for."""


def firestore_client(project: str | None = None, database: str | None = None) -> SharedClient[Client]:
    """A client of that database, or of the environment's; `FIRESTORE_EMULATOR_HOST` is honoured."""
    return SharedClient(lambda: Client(project=project, database=database), _close)


def _close(client: Client) -> None:
    client._firestore_api.transport.close()  # noqa: SLF001 - else the channel stays until the garbage collector comes


class FirestoreCatalog:
    """A `Catalog` in a collection of Firestore.

    A refusal that a repeated attempt meets is no conflict when the call itself has brought it about: the document
    carries the call's own `write_id` or, after a deletion, is gone.
    """

    def __init__(
        self, client: SharedClient[Client], *, collection: str = "images", policy: RetryPolicy = RETRY_POLICY
    ) -> None:
        self._call = ServiceCall(client, FIRESTORE, policy)
        self._collection = collection

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        self._call.close()

    def create(self, image: Image) -> None:
        document = _document(image)
        self._write(
            image.id,
            lambda place, timeout: place.create(document, retry=ONCE, timeout=timeout),
            refusal=api.AlreadyExists,
            done=lambda present: _carries(present, document),
        )

    def get(self, image_id: str) -> Image | None:
        snapshot = self._call(lambda client, attempt: _look(self._entries(client).document(image_id), attempt.timeout))
        return _image(snapshot) if snapshot.exists else None

    def find_by_sha256(self, *hashes: str) -> Sequence[Image]:
        found: list[Image] = []
        for start in range(0, len(hashes), MAX_VALUES):
            some = hashes[start : start + MAX_VALUES]
            found += self._page(file_query(some), None, len(some))
        return found

    def replace(self, image: Image, *, seen: Image) -> None:
        document, as_seen = _document(image), _as_seen(seen)
        self._write(
            image.id,
            lambda place, timeout: place.update(document, option=as_seen, retry=ONCE, timeout=timeout),
            refusal=_CHANGED,
            done=lambda present: _carries(present, document),
        )

    def delete(self, *, seen: Image) -> None:
        as_seen = _as_seen(seen)
        self._write(
            seen.id,
            lambda place, timeout: place.delete(option=as_seen, retry=ONCE, timeout=timeout),
            refusal=_CHANGED,
            done=lambda present: not present.exists,
        )

    def page(self, where: Filter, order: Order, *, after: Cursor | None, limit: int) -> Sequence[Image]:
        return self._page(page_query(where, order), after, limit)

    def totals(self) -> Mapping[str, Total]:
        return {name: self._total(total_query(name)) for name in FORMATS}

    def _total(self, query: Query) -> Total:
        def act(client: Client, attempt: Attempt) -> Total:
            sums = AggregationQuery(_where(Pages(self._entries(client)), query)).count("images").sum("bytes", "bytes")
            (found,) = sums.get(retry=ONCE, timeout=attempt.timeout)
            values = {each.alias: int(each.value) for each in found}  # a map on the wire: they come in any order
            return Total(values["images"], values["bytes"])

        return self._call(act)

    def _write(
        self,
        image_id: str,
        write: Callable[[DocumentReference, float], object],
        *,
        refusal: type[Exception] | tuple[type[Exception], ...],
        done: Callable[[Snapshot], bool],
    ) -> None:
        def act(client: Client, attempt: Attempt) -> None:
            place = self._entries(client).document(image_id)
            try:
                write(place, attempt.timeout)
            except refusal as error:
                if not (attempt.repeated and done(_look(place, attempt.timeout))):
                    raise Conflict from error

        self._call(act)

    def _page(self, query: Query, after: Cursor | None, limit: int) -> Sequence[Image]:
        def act(client: Client, attempt: Attempt) -> list[Image]:
            pages = _pages(self._entries(client), query).limit(limit)
            if after is not None:
                pages = pages.start_after(_place(after, query))
            return [_image(each) for each in pages.stream(retry=ONCE, timeout=attempt.timeout)]

        return self._call(act)

    def _entries(self, client: Client) -> CollectionReference:
        return client.collection(self._collection)


def _pages(entries: CollectionReference, query: Query) -> Pages:
    """The query, in the SDK's words."""
    direction = Pages.DESCENDING if query.descending else Pages.ASCENDING
    pages: Pages = entries.order_by(query.sort[0], direction=direction)
    for field in query.sort[1:]:
        pages = pages.order_by(field, direction=direction)
    return _where(pages, query)


def _where(pages: Pages, query: Query) -> Pages:
    """The pages, of those entries alone that meet the query's conditions."""
    for each in query.conditions:
        value = list(each.value) if each.operator is Operator.IN else each.value
        pages = pages.where(filter=FieldFilter(each.field, each.operator.value, value))
    return pages


def _place(cursor: Cursor, query: Query) -> dict[str, object]:
    """The cursor, as a value of each field that is sorted by."""
    if query.sort == (ID,):
        return {ID: cursor.id}
    if cursor.uploaded_at is None:
        raise ValueError("a cursor into an order by time needs the time")
    return {"uploaded_at": cursor.uploaded_at, ID: cursor.id}


def _as_seen(seen: Image) -> WriteOption:
    """The condition that the document is still of the version that was seen.

    Raises:
        Conflict: it was never read, and so is not what anybody saw; without a version there would be no condition.
    """
    if seen.version is None:
        raise Conflict
    return Client.write_option(last_update_time=seen.version)


def _look(place: DocumentReference, timeout: float) -> Snapshot:
    return place.get(retry=ONCE, timeout=timeout)


def _document(image: Image) -> dict[str, object]:
    return to_fields(to_document(image)) | {WRITE_ID: os.urandom(12).hex()}


def _carries(snapshot: Snapshot, document: dict[str, object]) -> bool:
    return snapshot.exists and snapshot.get(WRITE_ID) == document[WRITE_ID]


def _image(snapshot: Snapshot) -> Image:
    with readable(snapshot.id):
        fields = from_fields(snapshot.to_dict() or {})
        document = {name: _plain(value) if isinstance(value, datetime) else value for name, value in fields.items()}
        return from_document(snapshot.id, document, snapshot.update_time)


def _plain(moment: datetime) -> datetime:
    """The same time without the SDK's nanoseconds, of which a time that came from here has none."""
    return datetime.combine(moment.date(), moment.timetz())
