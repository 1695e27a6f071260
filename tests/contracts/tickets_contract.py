"""The rules for every store of tickets."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.domain.callers import Role
from functions.domain.filling import Words
from functions.domain.model import Description
from functions.domain.tickets import RETENTION, Outcome, Ticket, Tickets, TicketState, new_ticket_id
from tests.builders import NOON_ON_CAMERA

OUTCOMES = [
    Outcome(TicketState.STORED, "a" * 26),
    Outcome(TicketState.DUPLICATE, "b" * 26, words=Words(filled=("caption", "tags"), kept=("album",))),
    Outcome(TicketState.REFUSED, problem={"code": "damaged_image", "status": 422, "detail": "Bäh."}),
]


def ticket(**changes: object) -> Ticket:
    """A new ticket that expires in a minute."""
    soon = datetime.now(UTC) + timedelta(minutes=1)
    return replace(Ticket(new_ticket_id(), "alice", "image/png", 1234, Description(), soon), **changes)  # type: ignore[arg-type]


class TicketsContract:
    @pytest.fixture
    def tickets(self) -> Tickets:
        raise NotImplementedError

    def test_a_ticket_is_read_as_it_was_created(self, tickets: Tickets) -> None:
        bare = ticket()
        full = ticket(
            role=Role.ADMIN,
            description=Description(
                filename="Größe.png",
                caption="caption ✓",
                tags=("a", "b"),
                album="2024/Ångström",
                taken_at=NOON_ON_CAMERA,
                extra={"mood": "sunny", "": "x", "__x__": "y"},
            ),
        )
        for each in (bare, full):
            tickets.create(each)
        for each in (bare, full):
            assert tickets.get(each.id) == each

    def test_an_unknown_ticket_is_none(self, tickets: Tickets) -> None:
        assert tickets.get(new_ticket_id()) is None

    @pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.state)
    def test_an_outcome_is_saved_and_no_other_field_changes(self, tickets: Tickets, outcome: Outcome) -> None:
        one, other = ticket(), ticket()
        for each in (one, other):
            tickets.create(each)
        for _ in range(2):
            tickets.settle(one.id, outcome)
            assert tickets.get(one.id) == replace(one, outcome=outcome)
        assert tickets.get(other.id) == other

    def test_saving_the_outcome_of_a_removed_ticket_does_nothing(self, tickets: Tickets) -> None:
        forgotten = new_ticket_id()
        tickets.settle(forgotten, OUTCOMES[0])
        assert tickets.get(forgotten) is None

    def test_a_ticket_is_kept_for_a_week_after_it_expires(self, tickets: Tickets) -> None:
        late = ticket(expires_at=datetime.now(UTC) - RETENTION + timedelta(minutes=1))
        tickets.create(late)
        tickets.create(ticket())
        assert tickets.get(late.id) == late
