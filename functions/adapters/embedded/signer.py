"""Signs and verifies uploads for the local runner, in place of Cloud Storage."""

import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

from functions.domain.errors import Forbidden, InvalidRequest, Unavailable
from functions.domain.tickets import SignedUpload

PATH = "/dropbox/"
"""The path of upload URLs, which are relative to the host of the request."""


class InvalidSignature(Forbidden):
    code = "invalid_signature"
    detail = "The signature does not match this upload. Use the URL and the headers of the ticket unchanged."


class UploadExpired(Forbidden):
    code = "upload_expired"
    detail = "The ticket of this upload has expired. Request a new ticket."


class WrongUpload(InvalidRequest):
    """The upload has another content type or size than the ticket."""

    code = "wrong_upload"


class LocalSigner:
    """Signs and verifies uploads, with a secret in the file at `path`, which is created on first use."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock

    def sign(self, name: str, *, content_type: str, size: int, lifetime: timedelta) -> SignedUpload:
        """See the port. The URL is a path, relative to the host of the request."""
        expires = int(self._clock() + lifetime.total_seconds())
        signature = self._signature(name, content_type, size, expires)
        query = urlencode({"bytes": size, "type": content_type, "expires": expires, "signature": signature})
        return SignedUpload(f"{PATH}{quote(name)}?{query}", {"Content-Type": content_type})

    def verify(self, name: str, query: Mapping[str, str], *, content_type: str, size: int | None) -> None:
        """Check that an upload is the signed one; `content_type` and `size` (bytes) come from its headers.

        Raises:
            InvalidSignature: this signer did not sign the upload.
            UploadExpired: the upload is too late.
            WrongUpload: the upload has another content type or size.
        """
        try:
            wanted, expires = int(query["bytes"]), int(query["expires"])
            signature = self._signature(name, query["type"], wanted, expires)
            presented = query["signature"]
        except (KeyError, ValueError):
            raise InvalidSignature from None
        if not hmac.compare_digest(signature.encode(), presented.encode()):
            raise InvalidSignature
        if self._clock() > expires:
            raise UploadExpired
        if content_type != query["type"]:
            raise WrongUpload(f"The ticket is for the content type {query['type']}, not for {content_type or 'none'}.")
        if size != wanted:
            raise WrongUpload(f"The ticket is for exactly {wanted:,} bytes.")

    def _signature(self, name: str, content_type: str, size: int, expires: int) -> str:
        signed = f"PUT\n{name}\n{content_type}\n{size}\n{expires}".encode("utf-8", "surrogateescape")
        return hmac.new(self._secret(), signed, hashlib.sha256).hexdigest()

    def _secret(self) -> bytes:
        """The secret, which is created on first use."""
        try:
            if not self._path.exists():
                self._make_secret()
            return self._path.read_bytes()
        except OSError as error:
            raise Unavailable(
                f"The secret that signs uploads cannot be used now: {error.strerror}. Try again later."
            ) from error

    def _make_secret(self) -> None:
        """Create the secret. If several processes do this at the same time, all use the same complete file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
                file.write(secrets.token_bytes(32))
            with suppress(FileExistsError):
                os.link(draft, self._path)
        finally:
            draft.unlink(missing_ok=True)
