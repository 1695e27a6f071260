"""`POST /upload`: store images; `/upload/check`: find known files; `/upload/tickets`: upload a large file directly."""

from datetime import UTC, datetime
from functools import partial

from flask import Request, Response

from functions.domain.limits import TICKET_ADVICE, TICKET_LIMITS, UPLOAD_LIMITS
from functions.services.check import check_files as check
from functions.services.store import Upload, store_image
from functions.services.tickets import issue_ticket as issue
from functions.services.tickets import poll_ticket
from functions.web.checks import check_object, parse_check
from functions.web.endpoint import Call, endpoint
from functions.web.image_json import Urls, image_object, words_object
from functions.web.json_body import parse_object
from functions.web.problems import attempt
from functions.web.responses import Outcome, created_response, json_response, several_response, single_response
from functions.web.tickets import issued_object, parse_ticket_request, ticket_object
from functions.web.upload_request import Item, parse_upload_request
from functions.wiring import wiring


def upload_images(request: Request, call: Call) -> Response:
    """Store images: 201 for a new image, 200 for a duplicate; for several images, a status for each."""
    uploaded = parse_upload_request(request, too_large=TICKET_ADVICE)
    urls = Urls.of(request, wiring().settings)
    outcomes = [attempt(partial(_store, each, call, urls)) for each in uploaded.items]
    return several_response(outcomes) if uploaded.several else single_response(outcomes[0])


def _store(item: Item, call: Call, urls: Urls) -> Outcome:
    upload = Upload(item.data(), item.description(), call.caller)
    parts = wiring()
    stored = store_image(upload, parts.catalog(), parts.originals(), limits=UPLOAD_LIMITS, now=datetime.now(UTC))
    call.images.append(stored.image.id)
    shown = {**image_object(stored.image, urls), "duplicate": stored.duplicate, **words_object(stored.words)}
    return shown, 200 if stored.duplicate else 201


def check_files(request: Request, call: Call) -> Response:
    """The files that the repository already has, by their hashes; their descriptions fill what is empty."""
    asked = parse_check(parse_object(request))
    parts = wiring()
    checked = check(asked.hashes, asked.descriptions, call.caller, parts.catalog(), parts.originals())
    return json_response(check_object(asked, checked))


def issue_ticket(request: Request, call: Call) -> Response:
    """An upload ticket: a signed URL for one file, which goes straight into the dropbox."""
    wanted = parse_ticket_request(parse_object(request))
    parts = wiring()
    ticket, signed = issue(
        wanted, call.caller, parts.tickets(), parts.signer(), limits=TICKET_LIMITS, now=datetime.now(UTC)
    )
    urls = Urls.of(request, parts.settings)
    return created_response(issued_object(ticket, signed, urls), urls.ticket(ticket.id))


def show_ticket(request: Request, call: Call) -> Response:
    """The state of a ticket, with the image if it was stored."""
    parts = wiring()
    status = poll_ticket(
        call.variables["ticket"], call.caller, parts.tickets(), parts.dropbox(), parts.catalog(), now=datetime.now(UTC)
    )
    return json_response(ticket_object(status, Urls.of(request, parts.settings)))


upload_image = endpoint("upload", upload_images, check_files, issue_ticket, show_ticket)
