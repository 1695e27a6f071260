"""Signed uploads, checked with Google's documentation of V4 signatures and without a connection to Google."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pytest
import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from google.auth.compute_engine import _metadata
from google.auth.credentials import AnonymousCredentials, Signing
from google.auth.crypt import RSASigner
from google.auth.exceptions import TransportError
from google.auth.transport import Request

from functions.adapters.gcp.retry import RetryPolicy
from functions.adapters.gcp.signer import GcsUploadSigner, iam_identity, key_identity, own_identity
from functions.adapters.gcp.storage import storage_client
from functions.domain.errors import Unavailable
from functions.domain.tickets import SignedUpload

EMAIL = "upload@project.iam.gserviceaccount.com"
ENDPOINT = "http://storage.test"
NAME = "2024/Über uns & 'co'.jpg"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def pem(key: rsa.RSAPrivateKey) -> str:
    pkcs8 = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption()).decode()


@dataclass
class Iam(Request):
    """The method signBlob of IAM, as its reference documents it."""

    pem: str
    status: int = 200
    failures: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __call__(
        self, url: str, method: str = "GET", body: Any = None, headers: Any = None, timeout: Any = None, **_: Any
    ) -> Any:
        del headers, timeout
        self.asked.append(f"{method} {url}")
        if self.failures:
            raise TransportError from self.failures.pop()
        payload = base64.b64decode(json.loads(body)["payload"])
        signature = RSASigner.from_string(self.pem).sign(payload)
        answer = json.dumps({"keyId": "1", "signedBlob": base64.b64encode(signature).decode()}).encode()
        return type("Response", (), {"status": self.status, "data": answer, "headers": {}})


def sign(identity: Signing, **changes: Any) -> SignedUpload:
    signer = GcsUploadSigner("dropbox", storage_client(ENDPOINT), lambda: identity, policy=RetryPolicy(call=1))
    upload: dict[str, Any] = {"content_type": "image/jpeg", "size": 100, "lifetime": timedelta(minutes=15)}
    return signer.sign(NAME, **(upload | changes))


def verify(key: rsa.RSAPrivateKey, url: str, headers: Mapping[str, str]) -> None:
    """Check a PUT request with the signature in its URL."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    signature = bytes.fromhex(query.pop("X-Goog-Signature"))
    sent = {"host": parts.netloc} | {name.lower(): value for name, value in headers.items()}
    canonical = "\n".join(
        [
            "PUT",
            parts.path,
            "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query.items())),
            *(f"{name}:{sent[name]}" for name in sorted(sent)),
            "",
            ";".join(sorted(sent)),
            "UNSIGNED-PAYLOAD",
        ]
    )
    scope = f"{query['X-Goog-Date'][:8]}/auto/storage/goog4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["GOOG4-RSA-SHA256", query["X-Goog-Date"], scope, hashed])
    assert query["X-Goog-Credential"] == f"{EMAIL}/{scope}"
    key.public_key().verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_the_signature_matches_the_request(key: rsa.RSAPrivateKey, pem: str) -> None:
    signed = sign(key_identity(pem, EMAIL))
    verify(key, signed.url, signed.headers)


def test_the_signature_fixes_name_type_and_size_and_allows_one_upload(pem: str) -> None:
    signed = sign(key_identity(pem, EMAIL))
    assert urlsplit(signed.url).path == f"/dropbox/{quote(NAME, safe='/~')}"
    assert signed.headers == {
        "Content-Type": "image/jpeg",
        "x-goog-content-length-range": "100,100",
        "x-goog-if-generation-match": "0",
    }


@pytest.mark.parametrize("header", ["Content-Type", "x-goog-content-length-range", "x-goog-if-generation-match"])
def test_another_header_breaks_the_signature(key: rsa.RSAPrivateKey, pem: str, header: str) -> None:
    signed = sign(key_identity(pem, EMAIL))
    with pytest.raises(InvalidSignature):
        verify(key, signed.url, signed.headers | {header: "100,1000000000"})


def test_a_signature_expires_at_the_given_time(pem: str) -> None:
    query = parse_qs(urlsplit(sign(key_identity(pem, EMAIL), lifetime=timedelta(hours=1)).url).query)
    began = datetime.strptime(query["X-Goog-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - began) < timedelta(minutes=1)
    assert query["X-Goog-Expires"] == ["3600"]


def test_iam_signs_for_an_account_without_a_key(key: rsa.RSAPrivateKey, pem: str) -> None:
    iam = Iam(pem)
    signed = sign(iam_identity(AnonymousCredentials(), EMAIL, iam))
    verify(key, signed.url, signed.headers)
    assert iam.asked == [f"POST https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{EMAIL}:signBlob"]


def test_a_refusal_of_iam_is_not_retried(pem: str) -> None:
    iam = Iam(pem, status=403)
    with pytest.raises(Unavailable):
        sign(iam_identity(AnonymousCredentials(), EMAIL, iam))
    assert len(iam.asked) == 1


def test_a_broken_connection_to_iam_is_retried(key: rsa.RSAPrivateKey, pem: str) -> None:
    iam = Iam(pem, failures=[requests.ConnectionError()])
    signed = sign(iam_identity(AnonymousCredentials(), EMAIL, iam))
    verify(key, signed.url, signed.headers)


def test_the_identity_of_the_process_can_come_from_a_key_file(
    key: rsa.RSAPrivateKey, pem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key.json"
    info = {"type": "service_account", "private_key": pem, "client_email": EMAIL, "token_uri": "", "project_id": "p"}
    file.write_text(json.dumps(info))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    signed = sign(own_identity())
    verify(key, signed.url, signed.headers)


METADATA = {
    "/": "computeMetadata/",
    "/computeMetadata/v1/project/project-id": "p",
    "/computeMetadata/v1/universe/universe-domain": "googleapis.com",
    "/computeMetadata/v1/instance/service-accounts/default/": json.dumps({"email": EMAIL, "scopes": []}),
    "/computeMetadata/v1/instance/service-accounts/default/token": '{"access_token": "t", "expires_in": 3600}',
}
"""The responses of Google Cloud's metadata server to a function, by path."""


class MetadataServer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answer = METADATA[urlsplit(self.path).path].encode()
        self.send_response(200)
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Type", "application/json" if answer.startswith(b"{") else "text/plain")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def metadata_server() -> Iterator[str]:
    """The `host:port` of a metadata server."""
    with HTTPServer(("127.0.0.1", 0), MetadataServer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_identity_of_a_function_comes_from_the_metadata_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))  # so that no login of a developer is used
    with metadata_server() as host:
        monkeypatch.setenv("GCE_METADATA_IP", host)
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", host)  # read from the environment on import
        assert own_identity().signer_email == EMAIL


def test_the_emulator_accepts_a_signed_upload(storage_url: str, pem: str) -> None:
    name = f"dropbox-{secrets.token_hex(4)}"  # other tests use the emulator too
    requests.post(f"{storage_url}/storage/v1/b?project=p", json={"name": name}, timeout=10).raise_for_status()
    signer = GcsUploadSigner(name, storage_client(storage_url), lambda: key_identity(pem, EMAIL))
    signed = signer.sign("a.jpg", content_type="image/jpeg", size=9, lifetime=timedelta(minutes=1))
    requests.put(signed.url, b"bytes", headers=signed.headers, timeout=10).raise_for_status()
    assert requests.get(f"{storage_url}/{name}/a.jpg", timeout=10).content == b"bytes"
