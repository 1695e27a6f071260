"""The dropbox over HTTP: what Cloud Storage answers to a signed PUT, or to whoever may write to the bucket."""

from typing import cast

from flask import Request, Response

from functions.adapters.local_signing import LocalSigner
from functions.domain.errors import Conflict, InvalidRequest, MethodNotAllowed
from functions.domain.limits import TICKET_LIMITS
from functions.routes import Access
from functions.web.auth import authenticate
from functions.web.body import read_body
from functions.web.headers import preflight
from functions.wiring import wiring

_METHOD = "PUT"
_METADATA = "x-goog-meta-"


def receive(request: Request, name: str) -> Response:
    """Put the body into the dropbox, under that name.

    Raises:
        InvalidSignature, UploadExpired, WrongUpload: it is not the upload that was signed.
        Unauthenticated, UnknownKey: it has neither a signature nor a key.
        Conflict: there is an object of that name.
    """
    if request.method == "OPTIONS":
        response = preflight(request)
        response.headers["Access-Control-Allow-Methods"] = response.headers["Allow"] = f"{_METHOD}, OPTIONS"
        return response
    if request.method != _METHOD:
        raise MethodNotAllowed(request.method, (_METHOD,))
    if not name:
        raise InvalidRequest("Say what to call it: PUT /dropbox/ALBUM/NAME.jpg")
    content_type = request.headers.get("Content-Type", "application/octet-stream")
    if "signature" in request.args:
        signer = cast("LocalSigner", wiring().signer())
        signer.verify(name, request.args, content_type=content_type, size=request.content_length)
    else:
        authenticate(request, wiring().keys, Access.UPLOADER)
    _write(name, read_body(request, TICKET_LIMITS.bytes), content_type, _metadata(request))
    return Response(status=200)


def _write(name: str, data: bytes, content_type: str, metadata: dict[str, str]) -> None:
    try:
        wiring().dropbox().write(name, data, content_type=content_type, metadata=metadata)
    except Conflict:
        raise Conflict("There is an upload of that name already, which is being looked at or was refused.") from None


def _metadata(request: Request) -> dict[str, str]:
    """Custom metadata, as Cloud Storage takes it in headers."""
    headers = ((name.lower(), value) for name, value in request.headers.items())
    return {name.removeprefix(_METADATA): value for name, value in headers if name.startswith(_METADATA)}
