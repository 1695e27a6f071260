"""The requests to `/upload/tickets`, and a ticket as JSON."""

from collections.abc import Mapping
from urllib.parse import urljoin

from functions.domain.description_parser import parse_description
from functions.domain.errors import InvalidField
from functions.domain.fields import rfc3339
from functions.domain.tickets import SignedUpload, Ticket, TicketState
from functions.services.tickets import Status, TicketRequest
from functions.web.image_json import Urls, image_object, words_object


def parse_ticket_request(body: Mapping[str, object]) -> TicketRequest:
    """The upload that a client requests a ticket for.

    Raises:
        InvalidField, InvalidFilename: a field is missing or invalid.
    """
    fields = dict(body)
    content_type, size = fields.pop("content_type", None), fields.pop("bytes", None)
    if not isinstance(content_type, str):
        raise InvalidField('`content_type` must be a media type such as "image/jpeg".', field="content_type")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise InvalidField("`bytes` must be the exact size of the file, as an integer.", field="bytes")
    return TicketRequest(content_type.lower(), size, parse_description(fields))


def ticket_object(status: Status, urls: Urls) -> dict[str, object]:
    """A ticket, with the outcome of its upload."""
    ticket = status.ticket
    shown: dict[str, object] = {
        "ticket": ticket.id,
        "ticket_url": urls.ticket(ticket.id),
        "state": status.state.value,
        "expires_at": rfc3339(ticket.expires_at),
    }
    if status.image is not None:
        shown["image"] = image_object(status.image, urls)
    if ticket.outcome is not None:
        shown |= words_object(ticket.outcome.words)
        if ticket.outcome.problem is not None:
            shown["problem"] = dict(ticket.outcome.problem)
    return shown


def issued_object(ticket: Ticket, signed: SignedUpload, urls: Urls) -> dict[str, object]:
    """A new ticket, with the request that uploads its file."""
    request = {"method": "PUT", "url": urljoin(f"{urls.base}/", signed.url), "headers": signed.headers}
    return {**ticket_object(Status(ticket, TicketState.PENDING), urls), "upload": request}
