"""The requests to `/upload/tickets` and `/upload/check`, and a ticket as JSON."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from functions.domain.description_parser import parse_description
from functions.domain.errors import InvalidField
from functions.domain.fields import rfc3339
from functions.domain.tickets import SignedUpload, Ticket, TicketState
from functions.services.tickets import Status, TicketRequest
from functions.web.image_json import Urls, image_object

MAX_HASHES: Final = 500
"""Hashes in one check."""

_HASH = re.compile(r"[0-9a-fA-F]{64}")


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


def parse_hashes(body: Mapping[str, object]) -> list[str]:
    """The SHA-256 hashes (lower-case hexadecimal) in a request, without repetitions.

    Raises:
        InvalidField: there are too many hashes, or a value is not a hash.
    """
    values = body.get("sha256")
    if not isinstance(values, list) or not all(isinstance(each, str) and _HASH.fullmatch(each) for each in values):
        raise InvalidField("`sha256` must be a list of hashes, each with 64 hexadecimal digits.", field="sha256")
    if len(values) > MAX_HASHES:
        raise InvalidField(f"`sha256` has {len(values)} hashes. Send at most {MAX_HASHES}.", field="sha256")
    return list(dict.fromkeys(each.lower() for each in values))


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
    if ticket.outcome is not None and ticket.outcome.problem is not None:
        shown["problem"] = dict(ticket.outcome.problem)
    return shown


def issued_object(ticket: Ticket, signed: SignedUpload, urls: Urls) -> dict[str, object]:
    """A new ticket, with the request that uploads its file."""
    request = {"method": "PUT", "url": urljoin(f"{urls.base}/", signed.url), "headers": signed.headers}
    return {**ticket_object(Status(ticket, TicketState.PENDING), urls), "upload": request}
