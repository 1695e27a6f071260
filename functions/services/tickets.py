"""Tickets: leave to upload one file past the functions, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from functions.domain.callers import Caller, Role
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
    """There is none of that id, or it is another key's."""

    status = HTTPStatus.NOT_FOUND
    code = "ticket_not_found"
    detail = "There is no such ticket of this key; tickets are forgotten a week after they expire."


@dataclass(frozen=True, slots=True)
class Wanted:
    """The upload that a ticket is asked for; `bytes` of the file."""

    content_type: str
    bytes: int
    description: Description


@dataclass(frozen=True, slots=True)
class Status:
    """Where the upload of a ticket is; with the image, if it ended as one that is still there."""

    ticket: Ticket
    state: TicketState
    image: Image | None = None


def issue_ticket(
    wanted: Wanted, uploader: str, tickets: Tickets, signer: UploadSigner, *, limits: Limits, now: datetime
) -> tuple[Ticket, SignedUpload]:
    """A ticket, and the request by which its holder uploads the file within `LIFETIME`.

    Raises:
        UnsupportedFormat, EmptyImage, ImageTooLarge: such a file would be refused.
    """
    if wanted.content_type not in _CONTENT_TYPES:
        raise UnsupportedFormat(f"`content_type` must be one of {', '.join(sorted(_CONTENT_TYPES))}.")
    if wanted.bytes == 0:
        raise EmptyImage
    if wanted.bytes > limits.bytes:
        raise ImageTooLarge(f"A file may have at most {limits.bytes:,} bytes; this one has {wanted.bytes:,}.")
    ticket = Ticket(
        id=new_ticket_id(),
        uploader=uploader,
        content_type=wanted.content_type,
        bytes=wanted.bytes,
        description=wanted.description,
        expires_at=now + LIFETIME,
    )
    signed = signer.sign(ticket.drop, content_type=ticket.content_type, size=ticket.bytes, lifetime=LIFETIME)
    tickets.create(ticket)
    return ticket, signed


def poll_ticket(
    ticket_id: str, caller: Caller, tickets: Tickets, dropbox: Bucket, catalog: Catalog, *, now: datetime
) -> Status:
    """What became of the upload of a ticket.

    Raises:
        TicketNotFound: there is none of that id which the caller may ask after.
    """
    ticket = tickets.get(ticket_id) if is_ticket_id(ticket_id) else None
    if ticket is None or (caller.role is not Role.ADMIN and caller.name != ticket.uploader):
        raise TicketNotFound
    if ticket.outcome is None:
        if now <= ticket.expires_at or dropbox.stat(ticket.drop) is not None:
            return Status(ticket, TicketState.PENDING)
        ticket = tickets.get(ticket_id) or ticket  # the drop may have been taken in between the two looks
    if ticket.outcome is None:
        return Status(ticket, TicketState.EXPIRED)
    image_id = ticket.outcome.image_id
    return Status(ticket, ticket.outcome.state, catalog.get(image_id) if image_id else None)
