"""`POST /upload`: images into the repository; and what may go before it: `/upload/check`, `/upload/tickets`."""

from datetime import UTC, datetime
from functools import partial

from flask import Request, Response

from functions.domain.limits import HTTP_LIMITS, TICKET_LIMITS
from functions.services.check import known_files
from functions.services.store import Upload, store_image
from functions.services.tickets import ask_after, issue_ticket
from functions.web.endpoint import Call, endpoint
from functions.web.image_json import Urls, image_object
from functions.web.problems import attempt
from functions.web.responses import Outcome, created_response, json_response, several_response, single_response
from functions.web.submissions import Item, parse_object, parse_submission
from functions.web.tickets import issued_object, parse_hashes, parse_wanted, ticket_object
from functions.wiring import wiring


@endpoint("upload")
def upload_image(request: Request, call: Call) -> Response:
    """Take images, or tell which are there already, or give leave to upload one directly."""
    urls = Urls.of(request, wiring().settings)
    if call.operation == "check":
        return _check(request)
    if call.operation == "issue ticket":
        return _issue_ticket(request, call, urls)
    if call.operation == "ticket":
        return _ask_after(call, urls)
    return _upload(request, call, urls)


def _upload(request: Request, call: Call, urls: Urls) -> Response:
    """201 for a new image, 200 for a duplicate, each its own among several."""
    submission = parse_submission(request)
    outcomes = [attempt(partial(_store, each, call, urls)) for each in submission.items]
    return several_response(outcomes) if submission.several else single_response(outcomes[0])


def _store(item: Item, call: Call, urls: Urls) -> Outcome:
    upload = Upload(item.data(), item.description(), call.caller.name)
    parts = wiring()
    stored = store_image(upload, parts.catalog(), parts.originals(), limits=HTTP_LIMITS, now=datetime.now(UTC))
    call.images.append(stored.image.id)
    return {**image_object(stored.image, urls), "duplicate": stored.duplicate}, 200 if stored.duplicate else 201


def _check(request: Request) -> Response:
    hashes = parse_hashes(parse_object(request))
    parts = wiring()
    return json_response({"known": known_files(hashes, parts.catalog(), parts.originals())})


def _issue_ticket(request: Request, call: Call, urls: Urls) -> Response:
    wanted = parse_wanted(parse_object(request))
    parts = wiring()
    ticket, signed = issue_ticket(
        wanted, call.caller.name, parts.tickets(), parts.signer(), limits=TICKET_LIMITS, now=datetime.now(UTC)
    )
    return created_response(issued_object(ticket, signed, urls), urls.ticket(ticket.id))


def _ask_after(call: Call, urls: Urls) -> Response:
    parts = wiring()
    status = ask_after(
        call.variables["ticket"], call.caller, parts.tickets(), parts.dropbox(), parts.catalog(), now=datetime.now(UTC)
    )
    return json_response(ticket_object(status, urls))
