"""The ways into the repository besides an upload: a ticket, and a drop."""

from http import HTTPStatus
from typing import Final

from functions.domain.tickets import FOLDER
from image_repo import APIError, Ticket
from tools.smoke import findings
from tools.smoke.outcomes import Failed, NotWritten, Skipped
from tools.smoke.picture import CONTENT_TYPE
from tools.smoke.run import Run

INGEST: Final = "ingest-drop"


def ticket(run: Run) -> None:
    """A file can be sent with a ticket, directly into the dropbox."""
    data = run.pictures["ticket"].data
    run.sent = True
    try:
        issued = run.call(
            lambda client: client.create_ticket(
                content_type=CONTENT_TYPE, bytes=len(data), tags=[run.name], album=run.name
            )
        )
    except APIError as error:
        if error.status < HTTPStatus.INTERNAL_SERVER_ERROR and error.status != HTTPStatus.FORBIDDEN:
            raise
        raise Failed(findings.no_signature(run.place, error.detail)) from error
    run.signed = issued.upload
    written = run.leaves(f"{FOLDER}{issued.ticket}", "ticket")
    put = run.send(issued.upload.method, issued.upload.url, data=data, headers=dict(issued.upload.headers))
    if not put.ok:
        run.drops.remove(written)
        raise Failed(findings.signed_upload_refused(run.place, put.status_code, _reason(put.text)))
    done = run.wait(lambda: _finished(run.call(lambda client: client.ticket(issued.ticket))))
    written.waited = True
    if done is None:
        raise Failed(findings.no_event(run.place, "finalized", "dropbox", INGEST, issued.ticket))
    if done.image is None:
        raise Failed(f"The file of the ticket is {done.state}: {done.problem and done.problem.detail}")
    written.arrived = True
    run.others.append(done.image.id)


def drop(run: Run) -> None:
    """A file that is put into the dropbox becomes an image in the album of its folder."""
    name = f"{run.name}/drop.png"
    picture = run.pictures["drop"]
    run.sent = True
    written = run.leaves(name, "drop")
    try:
        run.place.drop(name, picture.path)
    except (Skipped, NotWritten):
        run.drops.remove(written)
        raise
    known = run.wait(lambda: run.known(picture))
    written.waited = True
    if known is None:
        raise Failed(findings.no_event(run.place, "finalized", "dropbox", INGEST, name))
    written.arrived = True
    run.others.append(known)
    album = run.call(lambda client: client.details(known)).album
    if album != run.name:
        raise Failed(f"The dropped image is in the album {album}, and must be in that of its folder, {run.name}.")


def _finished(found: Ticket) -> Ticket | None:
    return None if found.state == "pending" else found


def _reason(text: str) -> str:
    """The beginning of an answer, on one line; Cloud Storage answers in XML."""
    return " ".join(text.split())[:300]
