"""The JSON document of a ticket, which is the same in every store."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.domain.model import DESCRIPTION, Description
from functions.domain.tickets import Outcome, Ticket, TicketState


def to_document(ticket: Ticket) -> dict[str, object]:
    """The ticket without its id."""
    description = {each.name: each.kind.to_document(getattr(ticket.description, each.name)) for each in DESCRIPTION}
    return {
        "uploader": ticket.uploader,
        "content_type": ticket.content_type,
        "bytes": ticket.bytes,
        **description,
        "expires_at": ticket.expires_at.isoformat(),
        "outcome": to_outcome(ticket.outcome) if ticket.outcome else None,
    }


def to_outcome(outcome: Outcome) -> dict[str, object]:
    """The outcome alone."""
    return {
        "state": outcome.state.value,
        "image_id": outcome.image_id,
        "problem": dict(outcome.problem) if outcome.problem else None,
    }


def from_document(ticket_id: str, document: Mapping[str, Any]) -> Ticket:
    """The ticket that `to_document` wrote."""
    outcome = document["outcome"]
    return Ticket(
        id=ticket_id,
        uploader=document["uploader"],
        content_type=document["content_type"],
        bytes=document["bytes"],
        description=Description(**{each.name: each.from_document(document, each.name) for each in DESCRIPTION}),
        expires_at=datetime.fromisoformat(document["expires_at"]),
        outcome=Outcome(**outcome | {"state": TicketState(outcome["state"])}) if outcome else None,
    )
