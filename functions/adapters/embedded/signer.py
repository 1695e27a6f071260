"""Signed uploads without Cloud Storage: what the local runner gives and takes."""

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
"""What the URLs hang on, under the host of whoever asks."""


class InvalidSignature(Forbidden):
    code = "invalid_signature"
    detail = "The signature of this upload does not fit it. Use the URL and the headers of the ticket as they are."


class UploadExpired(Forbidden):
    code = "upload_expired"
    detail = "The time of this upload is over. Ask for a new ticket."


class WrongUpload(InvalidRequest):
    """Another content type, or another size, than the signature says."""

    code = "wrong_upload"


class LocalSigner:
    """Signs uploads, and verifies them, by a secret in the file at `path`, which is made when first used."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock

    def sign(self, name: str, *, content_type: str, size: int, lifetime: timedelta) -> SignedUpload:
        """See the port; the URL is a path, relative to the host of whoever asked."""
        expires = int(self._clock() + lifetime.total_seconds())
        signature = self._signature(name, content_type, size, expires)
        query = urlencode({"bytes": size, "type": content_type, "expires": expires, "signature": signature})
        return SignedUpload(f"{PATH}{quote(name)}?{query}", {"Content-Type": content_type})

    def verify(self, name: str, query: Mapping[str, str], *, content_type: str, size: int | None) -> None:
        """Let an upload pass that is as it was signed; `content_type` and `size` are what its headers say.

        Raises:
            InvalidSignature: nobody of ours signed it.
            UploadExpired: it comes too late.
            WrongUpload: it brings another type, or another number of bytes.
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
        said = f"PUT\n{name}\n{content_type}\n{size}\n{expires}".encode("utf-8", "surrogateescape")
        return hmac.new(self._secret(), said, hashlib.sha256).hexdigest()

    def _secret(self) -> bytes:
        """The secret, made when first asked for."""
        try:
            if not self._path.exists():
                self._make_secret()
            return self._path.read_bytes()
        except OSError as error:
            raise Unavailable(f"The secret that signs uploads cannot be used right now: {error.strerror}.") from error

    def _make_secret(self) -> None:
        """Of several processes that want to make it, one does, and its file is never seen half written."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
                file.write(secrets.token_bytes(32))
            with suppress(FileExistsError):
                os.link(draft, self._path)
        finally:
            draft.unlink(missing_ok=True)
