"""The dropbox over HTTP, as Cloud Storage offers it: a PUT with a signature, or with a key that can write.

With a key, the drop is ingested at once, so that the response can say why a drop is refused. With a signature, the
ticket says it, as on Google Cloud.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import cast

from flask import Request, Response

from functions.adapters.embedded.signer import LocalSigner, WrongUpload
from functions.domain.drops import reason_of
from functions.domain.errors import InvalidRequest, MethodNotAllowed, Unavailable
from functions.domain.limits import MAX_METADATA, TICKET_LIMITS
from functions.domain.model import WRITABLE
from functions.domain.ports import Object
from functions.domain.text import byte_length
from functions.entrypoints.ingest_drop import ingest_named
from functions.routes import Access
from functions.web.auth import authenticate
from functions.web.body import read_body
from functions.web.headers import preflight
from functions.wiring import wiring

_METHOD = "PUT"
_METADATA = "x-goog-meta-"
_MAX_NAME = 1_024
"""Bytes."""


def receive(request: Request, name: str) -> Response:
    """Write the body to the dropbox, under that name.

    Raises:
        InvalidSignature, UploadExpired, WrongUpload: the request is not the upload that was signed.
        Unauthenticated, UnknownKey: the request has neither a signature nor a valid key.
        Unavailable: the keys cannot be read at the moment.
        IncompleteBody, BodyTooLarge: the body ends early or is too large. Nothing is written, so it can be sent again.
        Conflict: the ticket's file has already been written.
        ImageRefused, InvalidRequest: the drop is refused. It stays in the dropbox, with the reason in its metadata.
    """
    if request.method == "OPTIONS":
        return preflight(request, (_METHOD,))
    if request.method != _METHOD:
        raise MethodNotAllowed(request.method, (_METHOD,))
    if not name:
        raise InvalidRequest("The path has no file name. Add one: PUT /dropbox/ALBUM/NAME.jpg")
    check_sender(request, name)
    metadata = _metadata(request)
    _check_object(name, metadata)
    # A ticket's file is written once. A key that can write to the bucket can also overwrite.
    older = None if _is_signed(request) else wiring().dropbox().stat(name)
    body = read_body(request, TICKET_LIMITS.bytes)
    drop = (
        wiring()
        .dropbox()
        .write(
            name,
            body,
            content_type=_content_type(request),
            metadata=metadata,
            if_generation=older.generation if older else 0,
        )
    )
    if not _is_signed(request):
        _ingest(drop)
    return Response(status=200)


def _ingest(drop: Object) -> None:
    """Ingest a drop before its event does. Both have the same result, whichever is first.

    Raises:
        ImageRefused, InvalidRequest: the drop is refused.
    """
    with suppress(Unavailable):  # the drop is written, so its event ingests it later
        ingest_named(drop.name)
    present = wiring().dropbox().stat(drop.name)
    refused = reason_of(present) if present and present.generation == drop.generation else None
    if refused:
        raise refused


def check_sender(request: Request, name: str) -> None:
    """Check the signature or the key of a request that writes to the dropbox.

    Raises:
        InvalidSignature, UploadExpired, WrongUpload: the request is not the upload that was signed.
        Unauthenticated, UnknownKey: the request has neither a signature nor a valid key.
        Unavailable: the keys cannot be read at the moment.
    """
    if _is_signed(request):
        signer = cast("LocalSigner", wiring().signer())
        signer.verify(name, request.args, content_type=_content_type(request), size=request.content_length)
        if _metadata(request):  # Cloud Storage accepts only the headers that were signed
            raise WrongUpload("The ticket has no metadata headers. Send the fields when you request the ticket.")
    else:
        authenticate(request, wiring().key_holder, Access.UPLOADER)


def _check_object(name: str, metadata: Mapping[str, str]) -> None:
    """Refuse what Cloud Storage refuses: a long name, or long metadata."""
    if (size := byte_length(name)) > _MAX_NAME:
        raise InvalidRequest(f"The name of the drop has {size:,} bytes. Send at most {_MAX_NAME:,}.")
    size = sum(byte_length(key) + byte_length(value) for key, value in metadata.items())
    if size > MAX_METADATA:
        raise InvalidRequest(f"The metadata of the drop have {size:,} bytes. Send at most {MAX_METADATA:,}.")


def _is_signed(request: Request) -> bool:
    return "signature" in request.args


def _content_type(request: Request) -> str:
    return request.headers.get("Content-Type", "application/octet-stream")


def _metadata(request: Request) -> dict[str, str]:
    """Custom metadata, as Cloud Storage accepts it in headers: UTF-8, which WSGI decodes as Latin-1."""
    headers = ((name.lower(), value) for name, value in request.headers.items())
    return {
        _metadata_name(name.removeprefix(_METADATA)): value.encode("latin-1").decode("utf-8", "replace")
        for name, value in headers
        if name.startswith(_METADATA)
    }


def _metadata_name(name: str) -> str:
    """WSGI does not tell `_` from `-` in the names of headers. The fields of an image have `_`."""
    field = name.replace("-", "_")
    return field if field in WRITABLE else name
