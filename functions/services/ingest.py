"""Take in what lies in the dropbox: what the storage event `finalized` there asks for."""

import logging
from contextlib import suppress
from datetime import datetime

from functions.domain.drops import UPLOADER, describe, is_folder, is_refused, refusal, upload_id
from functions.domain.errors import (
    Conflict,
    EmptyImage,
    ImageRefused,
    ImageRepoError,
    ImageTooLarge,
    InvalidRequest,
    ObjectNotFound,
)
from functions.domain.limits import Limits
from functions.domain.ports import Bucket, Catalog, Object
from functions.domain.tickets import Outcome, Ticket, Tickets, TicketState, ticket_of
from functions.services.store import Stored, Upload, store_image

log = logging.getLogger(__name__)


def ingest_drop(
    name: str,
    dropbox: Bucket,
    catalog: Catalog,
    originals: Bucket,
    tickets: Tickets,
    *,
    limits: Limits,
    now: datetime,
) -> Stored | None:
    """Make an image of the drop `name`, by the way that an upload goes, and remove it.

    What is refused stays, with the reason in its metadata, until the dropbox lets it expire. There is nothing to do
    when the drop is gone, was refused before, or is a folder. A repeated attempt ends as the first one would have.

    Returns:
        The image, if one was made or found.

    Raises:
        Unavailable: a backend did not answer; the event has to come again.
    """
    drop = dropbox.stat(name)
    if drop is None or is_refused(drop) or is_folder(drop):
        return None
    ticket_id = ticket_of(name)
    ticket = tickets.get(ticket_id) if ticket_id else None
    try:
        stored = store_image(_upload(drop, ticket, dropbox, limits), catalog, originals, limits=limits, now=now)
    except ObjectNotFound:
        return None  # another delivery of the event was faster
    except (ImageRefused, InvalidRequest) as error:
        _refuse(drop, error, ticket, dropbox, tickets)
        return None
    if ticket is not None:
        state = TicketState.DUPLICATE if stored.duplicate else TicketState.STORED
        _settle(ticket, Outcome(state, stored.image.id), tickets)
    with suppress(Conflict):  # somebody dropped another file of that name meanwhile, which is another event's
        dropbox.delete(name, if_generation=drop.generation)
    return stored


def _upload(drop: Object, ticket: Ticket | None, dropbox: Bucket, limits: Limits) -> Upload:
    """The drop as an upload; it is not read before it is known to be neither empty nor too large."""
    if drop.size == 0:
        raise EmptyImage
    if drop.size > limits.bytes:
        raise ImageTooLarge(f"A file may have at most {limits.bytes:,} bytes; this one has {drop.size:,}.")
    description = ticket.description if ticket else describe(drop)
    present, data = dropbox.read(drop.name)
    if present.generation != drop.generation:
        raise ObjectNotFound
    return Upload(data, description, ticket.uploader if ticket else UPLOADER, upload_id(drop))


def _settle(ticket: Ticket, outcome: Outcome, tickets: Tickets) -> None:
    """A ticket tells of its first file; a second one, sent once the first was taken, is stored all the same."""
    if ticket.outcome is None:
        tickets.settle(ticket.id, outcome)


def _refuse(drop: Object, error: ImageRepoError, ticket: Ticket | None, dropbox: Bucket, tickets: Tickets) -> None:
    log.warning("the drop %r is refused: %s (%s)", drop.name, error.detail, error.code)
    if ticket is not None:
        problem = {"status": error.status.value, "code": error.code, "detail": error.detail}
        _settle(ticket, Outcome(TicketState.REFUSED, problem=problem), tickets)
    with suppress(Conflict):  # changed or gone: whoever did that is the last to know
        dropbox.set_metadata(drop, refusal(drop, error.code, error.detail))
