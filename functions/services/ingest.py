"""Ingest a drop: the use case behind the storage event `finalized` of the dropbox."""

import logging
from contextlib import suppress
from datetime import datetime

from functions.domain.callers import Caller, Role
from functions.domain.drops import UPLOADER, add_words, describe, is_folder, is_refused, refusal, upload_id
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
from functions.imaging.words import read_words
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
    """Store the drop `name` as an image, in the same way as an upload, and remove the drop.

    A refused drop stays in the dropbox, with the reason in its metadata, until it expires. Nothing happens if the drop
    is gone, is a folder, or was refused before. A repeated attempt has the same result as the first one.

    Returns:
        The image that was stored, or that already existed; None if there is neither.

    Raises:
        Unavailable: a backend did not answer; the event must be delivered again.
    """
    drop = dropbox.stat(name)
    if drop is None or is_refused(drop) or is_folder(drop):
        return None
    ticket_id = ticket_of(name)
    ticket = tickets.get(ticket_id) if ticket_id else None
    try:
        stored = store_image(_upload(drop, ticket, dropbox, limits), catalog, originals, limits=limits, now=now)
    except ObjectNotFound:
        return None  # another delivery of the event has already ingested the drop
    except (ImageRefused, InvalidRequest) as error:
        _refuse(drop, error, ticket, dropbox, tickets)
        return None
    if ticket is not None:
        state = TicketState.DUPLICATE if stored.duplicate else TicketState.STORED
        _settle(ticket, Outcome(state, stored.image.id, words=stored.words), tickets)
    elif stored.words is not None:
        names = ", ".join(stored.words.filled) or "nothing", ", ".join(stored.words.kept) or "nothing"
        log.warning("the drop %r is a duplicate of %s: filled %s, kept %s", drop.name, stored.image.id, *names)
    with suppress(Conflict):  # a new file has replaced the drop; its own event ingests it
        dropbox.delete(name, if_generation=drop.generation)
    return stored


def _upload(drop: Object, ticket: Ticket | None, dropbox: Bucket, limits: Limits) -> Upload:
    """The drop as an upload. Its size is checked before its bytes are read.

    Only the words in the file of a drop count, because the caller can send a description with a ticket.
    """
    if drop.size == 0:
        raise EmptyImage
    if drop.size > limits.bytes:
        raise ImageTooLarge(f"The file has {drop.size:,} bytes. Send at most {limits.bytes:,}.")
    description = ticket.description if ticket else describe(drop)
    present, data = dropbox.read(drop.name)
    if present.generation != drop.generation:
        raise ObjectNotFound
    if ticket is None:
        description = add_words(description, read_words(data), drop)
    caller = Caller(ticket.uploader, ticket.role) if ticket else Caller(UPLOADER, Role.UPLOADER)
    return Upload(data, description, caller, upload_id(drop))


def _settle(ticket: Ticket, outcome: Outcome, tickets: Tickets) -> None:
    """Set the outcome of a ticket, once. A second file for the same ticket is stored, but the outcome stays."""
    if ticket.outcome is None:
        tickets.settle(ticket.id, outcome)


def _refuse(drop: Object, error: ImageRepoError, ticket: Ticket | None, dropbox: Bucket, tickets: Tickets) -> None:
    log.warning("the drop %r is refused: %s (%s)", drop.name, error.detail, error.code)
    if ticket is not None:
        problem = {"status": error.status.value, "code": error.code, "detail": error.detail}
        _settle(ticket, Outcome(TicketState.REFUSED, problem=problem), tickets)
    with suppress(Conflict):  # another writer changed or deleted it; nothing to do
        dropbox.set_metadata(drop, refusal(drop, error.code, error.detail))
