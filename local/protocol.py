"""How the local server reads requests: waitress' parser, with what it leaves open.

waitress reads all connections in one thread and calls the application only with a whole request, so a slow client
holds no thread. A request that is refused here gets a problem document from the application, as any other error.
"""

import re
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.rfc7230 import HEADER_FIELD_RE
from waitress.utilities import Error, RequestHeaderFieldsTooLarge, ServerNotImplemented

from functions.domain.errors import ImageRepoError, IncompleteBody, InvalidRequest
from functions.web.body import incomplete
from local.chunks import Chunks, ShortChunks
from local.lanes import Admission, Lane

MAX_HEAD: Final = 64 * 1024
"""Bytes of the request line and the headers."""
_QUOTED: Final = 200

_TLS_HANDSHAKE: Final = b"\x16\x03"
"""The first bytes of a connection to an https URL. They have no line end, so the parser would wait for more."""
_BARE_LF: Final = re.compile(rb"[^\r\n]\n")
_FOLD: Final = re.compile(rb"\r\n[ \t]")
_METADATA: Final = re.compile(rb"(?<=\n)x-goog-meta-[^:\r\n]*", re.IGNORECASE)
_CODING: Final = re.compile(rb"\r\ntransfer-encoding:[^\r]*", re.IGNORECASE)

Admit = Callable[[dict[str, Any]], Admission]
"""What the server does with a body, given the WSGI environment of its request."""


class MalformedRequest(InvalidRequest):
    """The bytes of the request are not valid HTTP."""

    detail = "The request is not valid HTTP."


class HeadersTooLarge(ImageRepoError):
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = "headers_too_large"
    detail = f"The request line and the headers are too long. Send at most {MAX_HEAD:,} bytes."


class UnsupportedCoding(ImageRepoError):
    status = HTTPStatus.NOT_IMPLEMENTED
    code = "unsupported_coding"
    detail = "This Transfer-Encoding is not supported. Send the body with a Content-Length, or chunked."


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Parses one request, piece by piece.

    Attributes:
        refusal: the reason why the request does not reach the application.
        unread: whether a part of the request is left in the connection, which must be closed.
        lane: the threads that serve the request.
    """

    completed: bool
    empty: bool
    headers_finished: bool
    header_plus: bytes
    headers: dict[str, str]
    command = path = query = request_uri = ""
    body_rcv: Any
    chunked: bool
    content_length: int
    error: Any

    def __init__(self, adj: Any, admit: Admit) -> None:
        super().__init__(adj)
        self.refusal: ImageRepoError | None = None
        self.unread = False
        self.lane = Lane.QUICK
        self._admit = admit
        self._limit = 0

    def received(self, data: bytes) -> int:
        """Parse more bytes of the connection.

        Returns:
            How many of them belong to this request: all, if the rest of the connection is not read.
        """
        in_body = self.headers_finished
        if not self.header_bytes_received and data.startswith(_TLS_HANDSHAKE):
            self.refuse(MalformedRequest("This server has no TLS. Use a URL that begins with http://."))
            return len(data)
        consumed: int = super().received(data)
        if self.error is not None and self.refusal is None:
            self.refuse(_translated(self.error, in_body=in_body))
        elif not self.headers_finished and _BARE_LF.search(self.header_plus[-len(data) - 1 :]):
            self.refuse(MalformedRequest("A line of the request ends with LF alone. End it with CR and LF."))
        elif self.chunked and in_body:
            self._check_chunks()
        return len(data) if self.unread else consumed

    def refuse(self, reason: ImageRepoError) -> None:
        """Answer the request with an error, and then close the connection."""
        self.refusal = self.error = reason
        self.lane = Lane.QUICK
        self.completed = self.unread = True
        self.expect_continue = False

    def cut_short(self) -> None:
        """The client has ended the connection within the body."""
        if self.chunked:
            self.refuse(IncompleteBody())
        else:
            self.refuse(incomplete(self.body_bytes_received, self.content_length))

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the request line and the headers, and decide whether the body is received.

        Raises:
            ParsingError: they are not valid.
        """
        if _FOLD.search(header_plus):
            raise ParsingError("A header continues on the next line")
        codings = _CODING.findall(header_plus)
        if len(codings) > 1 or b"," in b"".join(codings):
            raise ParsingError("The body has more than one Transfer-Encoding")
        try:
            # waitress leaves out each header that has an underscore in its name, such as that of `taken_at`.
            super().parse_header(_METADATA.sub(lambda found: found[0].replace(b"_", b"-"), header_plus))
        except ValueError:  # of urlsplit and int
            raise ParsingError(self._invalid_value()) from None
        if self.request_uri:  # otherwise the headers are too long
            self._check_headers()
            self._check_body()

    def _invalid_value(self) -> str:
        """What Python cannot read. Its own messages give advice to programmers."""
        digits = len(self.headers.get("CONTENT_LENGTH", ""))
        if digits > sys.get_int_max_str_digits():
            return f"Content-Length has {digits:,} digits"
        return "The URL is invalid"

    def _check_headers(self) -> None:
        if "," in self.headers.get("HOST", ""):
            raise ParsingError("The request has more than one Host")
        coding = self.chunked or "TRANSFER_ENCODING" in self.headers
        if coding and (self.version != "1.1" or "CONTENT_LENGTH" in self.headers):
            raise ParsingError(
                "A request has Content-Length or Transfer-Encoding, not both, and HTTP/1.0 has no chunks"
            )

    def _check_body(self) -> None:
        if self.body_rcv is None:
            self.expect_continue = False  # otherwise waitress would wait for a body
            return
        if self.chunked:
            self.body_rcv = Chunks(self.body_rcv.buf)
        self._limit, self.lane = self._admit(self._environ())
        if self.content_length > self._limit or not self._limit:
            self.close()
            self.body_rcv = None
            # The application refuses a body that is shorter than this.
            self.headers.setdefault("CONTENT_LENGTH", "1")
            self.content_length = 0
            self.chunked = False
            self._leave_the_rest()

    def _environ(self) -> dict[str, Any]:
        """The WSGI environment of the request without its body."""
        headers = {
            name if name.startswith("CONTENT_") else f"HTTP_{name}": value for name, value in self.headers.items()
        }
        return {"REQUEST_METHOD": self.command, "PATH_INFO": self.path, "QUERY_STRING": self.query, **headers}

    def _check_chunks(self) -> None:
        receiver: Chunks = self.body_rcv
        if not all(map(HEADER_FIELD_RE.match, filter(None, receiver.trailer.split(b"\r\n")))) and self.completed:
            self.refuse(IncompleteBody())
        elif receiver.announced > self._limit:
            # The application refuses a body of that length, so the rest of the chunk is not waited for.
            self.headers["CONTENT_LENGTH"] = str(min(receiver.announced, sys.maxsize))
            self._leave_the_rest()

    def _leave_the_rest(self) -> None:
        """Let the application say why it refuses the request, and then close the connection."""
        self.headers["CONNECTION"] = "close"
        self.lane = Lane.QUICK
        self.completed = self.unread = True
        self.expect_continue = False


class Rest(Parser):
    """What follows a request that has no response yet. It is not parsed, and the connection closes after the response.

    Thousands of short requests fit into what is read at once. The response to the second one might also wait for a
    client that does not read, and hold a thread.
    """

    def received(self, data: bytes) -> int:
        """Skip all."""
        self.completed = self.empty = True
        return len(data)


def _translated(error: Error, *, in_body: bool) -> ImageRepoError:
    """The problem for an error of waitress."""
    if isinstance(error, RequestHeaderFieldsTooLarge):
        return HeadersTooLarge()
    if isinstance(error, ShortChunks):
        return InvalidRequest(error.body)
    if isinstance(error, ServerNotImplemented):
        return UnsupportedCoding()
    return IncompleteBody() if in_body else MalformedRequest(f"{MalformedRequest.detail[:-1]}: {error.body[:_QUOTED]}.")
