"""Signed URLs, with which a client without credentials can create one object in a bucket.

A V4 signature covers the name, the headers and the expiry time. So Cloud Storage refuses another content type, another
size, or a second object. On Google Cloud there is no private key: the function's account signs through IAM's signBlob,
and needs the permission `iam.serviceAccounts.signBlob` for itself.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import Any

import google.auth
from google.auth.credentials import Credentials, Signing
from google.auth.iam import Signer
from google.auth.transport import Request
from google.auth.transport import requests as transport
from google.cloud.storage import Client
from google.oauth2 import service_account

from functions.adapters.gcp.call import ServiceCall
from functions.adapters.gcp.client import SharedClient
from functions.adapters.gcp.retry import RETRY_POLICY, Attempt, RetryPolicy
from functions.adapters.gcp.storage import STORAGE
from functions.domain.tickets import SignedUpload

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class GcsUploadSigner:
    """Signs uploads into a bucket of Cloud Storage.

    Args:
        bucket: the bucket's name.
        client: a client of Cloud Storage.
        identity: returns the account that signs. It is called once, for the first upload.
        policy: how often failed calls are repeated.
    """

    def __init__(
        self,
        bucket: str,
        client: SharedClient[Client],
        identity: Callable[[], Signing],
        *,
        policy: RetryPolicy = RETRY_POLICY,
    ) -> None:
        self._bucket = bucket
        self._call = ServiceCall(client, STORAGE, policy)
        self._make_identity = identity
        self._identity: Signing | None = None
        self._lock = Lock()

    def sign(self, name: str, *, content_type: str, size: int, lifetime: timedelta) -> SignedUpload:
        """See the port. `lifetime` can be at most seven days."""
        headers = {"x-goog-content-length-range": f"{size},{size}", "x-goog-if-generation-match": "0"}

        def act(client: Client, _: Attempt) -> str:
            url: str = (
                client.bucket(self._bucket)
                .blob(name)
                .generate_signed_url(
                    version="v4",
                    method="PUT",
                    expiration=lifetime,
                    content_type=content_type,
                    headers=dict(headers),
                    credentials=self._signer(),
                )
            )
            return url

        return SignedUpload(self._call(act), {"Content-Type": content_type, **headers})

    def _signer(self) -> Signing:
        with self._lock:
            if self._identity is None:
                self._identity = self._make_identity()
            return self._identity


def own_identity() -> Signing:
    """The account of the environment's credentials. It signs with its private key if there is one, else through IAM."""
    credentials: Any
    credentials, _ = google.auth.default(scopes=[_SCOPE])
    if isinstance(credentials, Signing):
        return credentials  # a service account's key file
    request = partial(transport.Request(), timeout=RETRY_POLICY.attempt)
    credentials.refresh(request)  # credentials from the metadata server get their account's name in this way
    return iam_identity(credentials, credentials.service_account_email, request)


def iam_identity(credentials: Credentials, email: str, request: Request | partial[Request]) -> Signing:
    """The account `email`, which signs through IAM, with a call by the holder of `credentials`."""
    return service_account.Credentials(Signer(request, credentials, email), email, token_uri="")


def key_identity(pem: str, email: str) -> Signing:
    """The account `email`, which signs with its private key. An emulator accepts any account and any key."""
    info = {"private_key": pem, "client_email": email, "token_uri": ""}
    identity: Signing = service_account.Credentials.from_service_account_info(info)
    return identity
