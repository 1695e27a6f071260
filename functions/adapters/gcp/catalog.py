"""The catalog on Firestore: one document for each entry. Its id is the image's id.

In addition to the members of `catalog_document`, a document has a `write_id`, which is new for each write. There are
two reasons. First, a writer that received no response recognises its own write when the second attempt is refused.
Second, Firestore gives no new version to a document when a write changes nothing.
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
from functions.adapters.catalog_order import sort_value
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
"""Firestore's errors for a document that does not have, or no longer has, the required version."""


def firestore_client(project: str | None = None, database: str | None = None) -> SharedClient[Client]:
    """A client of that database, by default of the environment's. It uses the emulator in `FIRESTORE_EMULATOR_HOST`."""
    return SharedClient(lambda: Client(project=project, database=database), _close)


def _close(client: Client) -> None:
    client._firestore_api.transport.close()  # noqa: SLF001 - otherwise only the garbage collector closes the channel


class FirestoreCatalog:
    """A `Catalog` in a collection of Firestore.

    When a repeated attempt is refused, an earlier attempt may have succeeded. This is the case if the document has the
    `write_id` of the call or, for a deletion, is gone. Then there is no conflict.
    """

    def __init__(
        self, client: SharedClient[Client], *, collection: str = "images", policy: RetryPolicy = RETRY_POLICY
    ) -> None:
        self._call = ServiceCall(client, FIRESTORE, policy)
        self._collection = collection

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._call.close()

    def create(self, image: Image) -> None:
        document = _document(image)
        self._write(
            image.id,
            lambda reference, timeout: reference.create(document, retry=ONCE, timeout=timeout),
            refusal=api.AlreadyExists,
            done=lambda present: _carries(present, document),
        )

    def get(self, image_id: str) -> Image | None:
        snapshot = self._call(lambda client, attempt: _get(self._entries(client).document(image_id), attempt.timeout))
        return _image(snapshot) if snapshot.exists else None

    def find_by_sha256(self, *hashes: str) -> Sequence[Image]:
        found: list[Image] = []
        for start in range(0, len(hashes), MAX_VALUES):
            some = hashes[start : start + MAX_VALUES]
            found += self._page(file_query(some), None, len(some))
        return found

    def replace(self, image: Image, *, seen: Image) -> None:
        document, unchanged = _document(image), _unchanged(seen)
        self._write(
            image.id,
            lambda reference, timeout: reference.update(document, option=unchanged, retry=ONCE, timeout=timeout),
            refusal=_CHANGED,
            done=lambda present: _carries(present, document),
        )

    def delete(self, *, seen: Image) -> None:
        unchanged = _unchanged(seen)
        self._write(
            seen.id,
            lambda reference, timeout: reference.delete(option=unchanged, retry=ONCE, timeout=timeout),
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
            values = {each.alias: int(each.value) for each in found}  # the response has them in any order
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
            reference = self._entries(client).document(image_id)
            try:
                write(reference, attempt.timeout)
            except refusal as error:
                if not (attempt.repeated and done(_get(reference, attempt.timeout))):
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
    """The query in the SDK's form."""
    direction = Pages.DESCENDING if query.descending else Pages.ASCENDING
    pages: Pages = entries.order_by(query.sort[0], direction=direction)
    for field in query.sort[1:]:
        pages = pages.order_by(field, direction=direction)
    return _where(pages, query)


def _where(pages: Pages, query: Query) -> Pages:
    """Limit the pages to entries that meet the conditions of the query."""
    for each in query.conditions:
        value = list(each.value) if each.operator is Operator.IN else each.value
        pages = pages.where(filter=FieldFilter(each.field, each.operator.value, value))
    return pages


def _place(cursor: Cursor, query: Query) -> dict[str, object]:
    """The cursor as a value for each sort field."""
    return {**{field: sort_value(cursor, field) for field in query.sort[:-1]}, ID: cursor.id}


def _unchanged(seen: Image) -> WriteOption:
    """The precondition that the document still has the version of `seen`.

    Raises:
        Conflict: `seen` was not read from the catalog. It has no version, so there could be no precondition.
    """
    if seen.version is None:
        raise Conflict
    return Client.write_option(last_update_time=seen.version)


def _get(reference: DocumentReference, timeout: float) -> Snapshot:
    return reference.get(retry=ONCE, timeout=timeout)


def _document(image: Image) -> dict[str, object]:
    return to_fields(to_document(image)) | {WRITE_ID: os.urandom(12).hex()}


def _carries(snapshot: Snapshot, document: dict[str, object]) -> bool:
    return snapshot.exists and snapshot.get(WRITE_ID) == document[WRITE_ID]


def _image(snapshot: Snapshot) -> Image:
    with readable(snapshot.id):
        fields = from_fields(snapshot.to_dict() or {})
        document = {name: _standard(value) if isinstance(value, datetime) else value for name, value in fields.items()}
        return from_document(snapshot.id, document, snapshot.update_time)


def _standard(moment: datetime) -> datetime:
    """The time as a standard datetime. The SDK's subclass adds nanoseconds, which are 0 in our documents."""
    return datetime.combine(moment.date(), moment.timetz())
