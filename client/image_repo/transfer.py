"""Sending one file: in one request, or with an upload ticket if it is too large for that."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from image_repo.errors import APIConnectionError, APIError, ImageRepoError
from image_repo.files import open_file, read_content_type, real_path, sha256_of
from image_repo.limits import MAX_DIRECT
from image_repo.models import (
    CheckedFiles,
    CheckedWords,
    Image,
    IssuedTicket,
    Problem,
    SignedUpload,
    Ticket,
    UploadedImage,
)
from image_repo.multipart import RequestBody, file_size, multipart_form
from image_repo.retry import Backoff
from image_repo.text import upload_name
from image_repo.transport import Transport, decode_response

_CREATED: Final = 201
_ALREADY_UPLOADED: Final = frozenset({409, 412})
"""A bucket's statuses for a second upload with the same ticket."""
_POLLING: Final = Backoff(first=0.3, longest=5)
_PROCESSING: Final = 300.0
"""Seconds to poll a ticket whose file has arrived."""
_DOUBT: Final = 5.0
"""Seconds to poll a ticket whose upload broke: the file may have arrived, and then need not be sent twice."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """The result of a transfer.

    Attributes:
        image: None if the image has been deleted in the meantime.
        duplicate: whether the repository had the image before the transfer.
        filled, kept: as in `UploadedImage`.
    """

    image: Image | None
    duplicate: bool
    filled: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(slots=True)
class Transfer:
    """One file that is stored once, however often the connection breaks.

    Attributes:
        fields: the form fields of the upload: caption, tags with commas between them, album.
        sha256: the SHA-256 of the file, if the service was asked for it before and does not have it.
        bytes_sent: the bytes of all attempts so far, including failed ones.
    """

    transport: Transport
    path: Path
    fields: Mapping[str, str]
    sha256: str | None = None
    bytes_sent: int = 0
    _issued: IssuedTicket | None = field(default=None, init=False)

    def run(self) -> Transferred:
        """Send the file, unless the service has it.

        Raises:
            FileReadError: the file cannot be read.
            APIError: the service rejected it.
            APIConnectionError, ServiceUnavailable, Cancelled: it may have arrived. To send it again is safe.
        """
        if self.sha256 is None:  # after a failed attempt it would be too late: the image may then be our own
            stored = self.transport.retry(lambda _: self._stored())
            if stored is not None:
                return stored
        return self.transport.retry(self._attempt)

    def _attempt(self, failures: int) -> Transferred:
        if failures and (stored := self._stored()) is not None:
            return replace(stored, duplicate=False)
        with open_file(self.path) as file:
            if file_size(file) > MAX_DIRECT:
                return self._send_with_ticket(file)
            return self._send_directly(file, failures)

    def _stored(self) -> Transferred | None:
        """The image of exactly this file, if the service has it, perhaps from an attempt whose answer was lost.

        Its fields are sent instead of the file. If the service refuses them, it refuses the upload with the same error.
        """
        self.sha256 = self.sha256 or sha256_of(self.path, self.transport.cancellation.check)
        words = [{"sha256": self.sha256, "description": self._all_fields()}]
        body = {"sha256": [self.sha256], "words": words}
        try:
            found = self.transport.get_object(CheckedFiles, "POST", "/upload/check", authenticated=True, json=body)
            effect = next(iter(found.words), CheckedWords(sha256=self.sha256))
            if self.sha256 not in found.known or effect.detail:
                return None
            image = self.transport.get_object(Image, "GET", f"/fetch/{found.known[self.sha256]}/details")
            return Transferred(image, duplicate=True, filled=effect.filled, kept=effect.kept)
        except APIError as error:
            if error.transient:
                raise
            return None  # an older service has no such route, or the image was deleted between the two requests

    def _send_directly(self, file: BinaryIO, failures: int) -> Transferred:
        body, content_type = multipart_form(file, self._all_fields(), self._on_read)
        headers = {"Content-Type": content_type}
        response = self.transport.send("POST", "/upload", authenticated=True, data=body, headers=headers)
        image = decode_response(UploadedImage, response)
        if response.status_code == _CREATED or (failures > 0 and image.sha256 == self.sha256):
            return Transferred(image, duplicate=False)  # or from an attempt whose answer was lost
        return Transferred(image, duplicate=True, filled=image.filled, kept=image.kept)

    def _send_with_ticket(self, file: BinaryIO) -> Transferred:
        if self._issued is None:
            self._issued = self._create_ticket(file)
            ticket: Ticket = self._issued
        else:
            ticket = self._poll(self._issued, _DOUBT)
        if ticket.state == "pending":
            self._put(file, self._issued.upload)
            ticket = self._poll(self._issued, _PROCESSING)
        return self._result(ticket)

    def _create_ticket(self, file: BinaryIO) -> IssuedTicket:
        size = file_size(file)
        content_type = read_content_type(file) or "application/octet-stream"
        body: dict[str, Any] = {**self._all_fields(), "bytes": size, "content_type": content_type}
        try:
            return self.transport.get_object(IssuedTicket, "POST", "/upload/tickets", authenticated=True, json=body)
        except APIError as error:
            if not error.is_route_missing:
                raise
            detail = f"This service accepts files of up to {MAX_DIRECT:,} bytes; this one has {size:,}."
            raise APIError(detail, status=413, code="image_too_large", response=error.response) from error

    def _put(self, file: BinaryIO, upload: SignedUpload) -> None:
        """Send the file to the bucket, unless it has arrived already."""
        file.seek(0)
        body = RequestBody(file, self._on_read)
        try:
            self.transport.send(upload.method, upload.url, data=body, headers=upload.headers, allow_redirects=False)
        except APIError as error:
            if error.status in _ALREADY_UPLOADED:
                return
            if error.transient or error.code:
                raise
            message = f"The bucket answered {error.status}. Run the command again. If that fails, ask the maintainer."
            # The bucket rejects the request, not the photo.
            raise APIConnectionError(message, transient=False, request=error.request) from error

    def _poll(self, ticket: Ticket, seconds: float) -> Ticket:
        """The ticket as soon as it is no longer pending, or after that time."""
        until = time.monotonic() + seconds
        polls = 0
        while True:
            current = self.transport.get_object(Ticket, "GET", f"/upload/tickets/{ticket.ticket}", authenticated=True)
            if current.state != "pending" or time.monotonic() > until:
                return current
            polls += 1
            self.transport.cancellation.wait(_POLLING.delay(polls))

    def _result(self, ticket: Ticket) -> Transferred:
        match ticket.state:
            case "stored" | "duplicate":
                return Transferred(ticket.image, ticket.state == "duplicate", ticket.filled, ticket.kept)
            case "refused":
                problem = ticket.problem or Problem(
                    code="", detail="The service refused the file and gave no reason. Ask its maintainer."
                )
                raise APIError(problem.detail, status=problem.status, code=problem.code)
            case "pending":
                message = "The file has arrived, but the service has not processed it yet. Run the command again later."
                raise APIConnectionError(message, transient=False)
            case "expired":
                self._issued = None
                raise APIConnectionError("The upload ticket expired before the file arrived. Run the command again.")
            case state:
                raise ImageRepoError(f"The upload ticket has the unknown state {state!r}. Update image-repo.")

    def _all_fields(self) -> dict[str, str]:
        return {"filename": upload_name(real_path(self.path)), **self.fields}

    def _on_read(self, count: int) -> None:
        self.transport.cancellation.check()
        self.bytes_sent += count
