"""The dropbox over HTTP, as Cloud Storage offers it: a PUT with a signature, or with a key that can write."""

from typing import cast

from flask import Request, Response

from functions.adapters.embedded.signer import LocalSigner
from functions.domain.errors import InvalidRequest, MethodNotAllowed
from functions.domain.limits import TICKET_LIMITS
from functions.routes import Access
from functions.web.auth import authenticate
from functions.web.body import read_body
from functions.web.headers import preflight
from functions.wiring import wiring

_METHOD = "PUT"
_METADATA = "x-goog-meta-"


def receive(request: Request, name: str) -> Response:
    """Write the body to the dropbox, under that name.

    Raises:
        InvalidSignature, UploadExpired, WrongUpload: the request is not the upload that was signed.
        Unauthenticated, UnknownKey: the request has neither a signature nor a valid key.
        Unavailable: the keys cannot be read at the moment.
        IncompleteBody, BodyTooLarge: the body ends early or is too large. Nothing is written, so it can be sent again.
        Conflict: the ticket's file has already been written.
    """
    if request.method == "OPTIONS":
        response = preflight(request)
        response.headers["Access-Control-Allow-Methods"] = response.headers["Allow"] = f"{_METHOD}, OPTIONS"
        return response
    if request.method != _METHOD:
        raise MethodNotAllowed(request.method, (_METHOD,))
    if not name:
        raise InvalidRequest("The path has no file name. Add one: PUT /dropbox/ALBUM/NAME.jpg")
    content_type = request.headers.get("Content-Type", "application/octet-stream")
    if "signature" in request.args:
        signer = cast("LocalSigner", wiring().signer())
        signer.verify(name, request.args, content_type=content_type, size=request.content_length)
        older = None
    else:
        authenticate(request, wiring().key_holder, Access.UPLOADER)
        older = wiring().dropbox().stat(name)  # a key that can write to the bucket can also overwrite
    wiring().dropbox().write(
        name,
        read_body(request, TICKET_LIMITS.bytes),
        content_type=content_type,
        metadata=_metadata(request),
        if_generation=older.generation if older else 0,
    )
    return Response(status=200)


def _metadata(request: Request) -> dict[str, str]:
    """Custom metadata, as Cloud Storage accepts it in headers: UTF-8, which WSGI decodes as Latin-1."""
    headers = ((name.lower(), value) for name, value in request.headers.items())
    return {
        name.removeprefix(_METADATA): value.encode("latin-1").decode("utf-8", "replace")
        for name, value in headers
        if name.startswith(_METADATA)
    }
