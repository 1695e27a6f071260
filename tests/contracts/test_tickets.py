"""The contract of tickets, on each backend."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from functions.adapters.embedded.tickets import SqliteTickets
from functions.adapters.gcp.catalog import firestore_client
from functions.adapters.gcp.tickets import FirestoreTickets
from functions.domain.tickets import RETENTION, Tickets
from tests.contracts.tickets_contract import TicketsContract, ticket


class TestSqliteTickets(TicketsContract):
    @pytest.fixture
    def tickets(self, tmp_path: Path) -> Iterator[Tickets]:
        with closing(SqliteTickets(tmp_path / "tickets.db")) as tickets:
            yield tickets

    def test_a_new_ticket_removes_old_ones(self, tickets: Tickets) -> None:
        old = ticket(expires_at=datetime.now(UTC) - RETENTION - timedelta(minutes=1))
        tickets.create(old)
        tickets.create(ticket())
        assert tickets.get(old.id) is None


class TestFirestoreTickets(TicketsContract):
    @pytest.fixture
    def tickets(self, firestore_host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tickets]:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        client = firestore_client("demo-contract")
        yield FirestoreTickets(client, collection=f"tickets-{secrets.token_hex(8)}")
        client.close()

    def test_the_field_of_the_deletion_policy_is_a_time(
        self, firestore_host: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        name, client, one = f"tickets-{secrets.token_hex(8)}", firestore_client("demo-contract"), ticket()
        FirestoreTickets(client, collection=name).create(one)
        with client.use() as firestore:
            document = firestore.collection(name).document(one.id).get().to_dict() or {}
        assert document["expire_at"] == one.expires_at + RETENTION
        client.close()
