"""Upload tickets: a signed URL for one file, which goes straight into the dropbox, and the state of its upload."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from functions.domain.callers import Caller
from functions.domain.errors import EmptyImage, ImageRepoError, ImageTooLarge, UnsupportedFormat
from functions.domain.formats import FORMATS
from functions.domain.limits import Limits
from functions.domain.model import Description, Image
from functions.domain.ports import Bucket, Catalog
from functions.domain.tickets import (
    LIFETIME,
    SignedUpload,
    Ticket,
    Tickets,
    TicketState,
    UploadSigner,
    is_ticket_id,
    new_ticket_id,
)

_CONTENT_TYPES: Final = {each.content_type for each in FORMATS.values()} | {"image/jpg", "image/heif"}


class TicketNotFound(ImageRepoError):
    """There is no ticket with that id, or it belongs to another key."""

    status = HTTPStatus.NOT_FOUND
    code = "ticket_not_found"
    detail = "This key has no such ticket. Tickets are deleted a week after they expire."


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """The upload that a client requests a ticket for; `bytes` is the size of the file."""

    content_type: str
    bytes: int
    description: Description


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a ticket's upload, with the image if it was stored and still exists."""

    ticket: Ticket
    state: TicketState
    image: Image | None = None


def issue_ticket(
    wanted: TicketRequest, caller: Caller, tickets: Tickets, signer: UploadSigner, *, limits: Limits, now: datetime
) -> tuple[Ticket, SignedUpload]:
    """A ticket, and the signed request with which its holder uploads the file within `LIFETIME`.

    Raises:
        UnsupportedFormat, EmptyImage, ImageTooLarge: the gate would refuse such a file.
    """
    if wanted.content_type not in _CONTENT_TYPES:
        raise UnsupportedFormat(f"`content_type` must be one of {', '.join(sorted(_CONTENT_TYPES))}.")
    if wanted.bytes == 0:
        raise EmptyImage
    if wanted.bytes > limits.bytes:
        raise ImageTooLarge(f"The file has {wanted.bytes:,} bytes. Send at most {limits.bytes:,}.")
    ticket = Ticket(
        id=new_ticket_id(),
        uploader=caller.name,
        content_type=wanted.content_type,
        bytes=wanted.bytes,
        description=wanted.description,
        expires_at=now + LIFETIME,
        role=caller.role,
    )
    signed = signer.sign(ticket.drop, content_type=ticket.content_type, size=ticket.bytes, lifetime=LIFETIME)
    tickets.create(ticket)
    return ticket, signed


def poll_ticket(
    ticket_id: str, caller: Caller, tickets: Tickets, dropbox: Bucket, catalog: Catalog, *, now: datetime
) -> Status:
    """The state of a ticket's upload.

    Raises:
        TicketNotFound: there is no ticket with that id, or the caller may not see it.
    """
    ticket = tickets.get(ticket_id) if is_ticket_id(ticket_id) else None
    if ticket is None or not caller.owns(ticket.uploader):
        raise TicketNotFound
    if ticket.outcome is None:
        if now <= ticket.expires_at or dropbox.stat(ticket.drop) is not None:
            return Status(ticket, TicketState.PENDING)
        ticket = tickets.get(ticket_id) or ticket  # the drop may have been ingested since the ticket was read
    if ticket.outcome is None:
        return Status(ticket, TicketState.EXPIRED)
    image_id = ticket.outcome.image_id
    return Status(ticket, ticket.outcome.state, catalog.get(image_id) if image_id else None)
