"""Tickets on Firestore: a document for each, which Firestore's time-to-live policy deletes after `expire_at`."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from google.api_core import exceptions as api
from google.cloud.firestore import Client, DocumentReference

from functions.adapters.gcp.call import ServiceCall
from functions.adapters.gcp.client import SharedClient
from functions.adapters.gcp.firestore import FIRESTORE, ONCE, from_fields, to_fields
from functions.adapters.gcp.retry import RETRY_POLICY, Attempt, RetryPolicy
from functions.adapters.ticket_document import from_document, to_document, to_outcome
from functions.domain.tickets import RETENTION, Outcome, Ticket


class FirestoreTickets:
    """`Tickets` in a collection of Firestore."""

    def __init__(
        self, client: SharedClient[Client], *, collection: str = "tickets", policy: RetryPolicy = RETRY_POLICY
    ) -> None:
        self._call = ServiceCall(client, FIRESTORE, policy)
        self._collection = collection

    def create(self, ticket: Ticket) -> None:
        # The id is unique, so a second attempt can overwrite only the first one.
        document = to_fields(to_document(ticket)) | {"expire_at": ticket.expires_at + RETENTION}
        self._act(ticket.id, lambda reference, options: reference.set(document, **options))

    def get(self, ticket_id: str) -> Ticket | None:
        snapshot = self._act(ticket_id, lambda reference, options: reference.get(**options))
        return from_document(ticket_id, from_fields(snapshot.to_dict() or {})) if snapshot.exists else None

    def settle(self, ticket_id: str, outcome: Outcome) -> None:
        def update(reference: DocumentReference, options: dict[str, Any]) -> None:
            with suppress(api.NotFound):
                reference.update({"outcome": to_outcome(outcome)}, **options)

        self._act(ticket_id, update)

    def _act(self, ticket_id: str, act: Callable[[DocumentReference, dict[str, Any]], Any]) -> Any:
        def on_client(client: Client, attempt: Attempt) -> Any:
            reference = client.collection(self._collection).document(ticket_id)
            return act(reference, {"retry": ONCE, "timeout": attempt.timeout})

        return self._call(on_client)
