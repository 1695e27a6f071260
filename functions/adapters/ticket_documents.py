"""A ticket as plain JSON, for whichever store of documents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.domain.model import Description
from functions.domain.tickets import Outcome, Ticket, TicketState


def to_document(ticket: Ticket) -> dict[str, object]:
    """Everything of a ticket but its id."""
    said = ticket.description
    return {
        "uploader": ticket.uploader,
        "content_type": ticket.content_type,
        "bytes": ticket.bytes,
        "filename": said.filename,
        "caption": said.caption,
        "tags": list(said.tags),
        "album": said.album,
        "taken_at": said.taken_at.isoformat() if said.taken_at else None,
        "extra": dict(said.extra),
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
    taken_at, outcome = document["taken_at"], document["outcome"]
    return Ticket(
        id=ticket_id,
        uploader=document["uploader"],
        content_type=document["content_type"],
        bytes=document["bytes"],
        description=Description(
            filename=document["filename"],
            caption=document["caption"],
            tags=tuple(document["tags"]),
            album=document["album"],
            taken_at=datetime.fromisoformat(taken_at) if taken_at else None,
            extra=document["extra"],
        ),
        expires_at=datetime.fromisoformat(document["expires_at"]),
        outcome=Outcome(**outcome | {"state": TicketState(outcome["state"])}) if outcome else None,
    )
