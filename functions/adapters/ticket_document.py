"""The JSON document of a ticket, which is the same in every store."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.domain.callers import Role
from functions.domain.filling import Words
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
        "role": ticket.role.value,
    }


def to_outcome(outcome: Outcome) -> dict[str, object]:
    """The outcome alone."""
    words = outcome.words
    return {
        "state": outcome.state.value,
        "image_id": outcome.image_id,
        "problem": dict(outcome.problem) if outcome.problem else None,
        **({"words": {"filled": [*words.filled], "kept": [*words.kept]}} if words else {}),
    }


def from_document(ticket_id: str, document: Mapping[str, Any]) -> Ticket:
    """The ticket that `to_document` wrote. Older tickets have no role, and older outcomes no words."""
    return Ticket(
        id=ticket_id,
        uploader=document["uploader"],
        content_type=document["content_type"],
        bytes=document["bytes"],
        description=Description(**{each.name: each.from_document(document, each.name) for each in DESCRIPTION}),
        expires_at=datetime.fromisoformat(document["expires_at"]),
        outcome=_outcome(document["outcome"]) if document["outcome"] else None,
        role=Role(document.get("role", Role.UPLOADER)),
    )


def _outcome(document: Mapping[str, Any]) -> Outcome:
    words = document.get("words")
    return Outcome(
        TicketState(document["state"]),
        document["image_id"],
        document["problem"],
        Words(tuple(words["filled"]), tuple(words["kept"])) if words else None,
    )
