"""Connections that are secure, or should be; and proxies."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from image_repo.errors import Unanswered
from image_repo.link import Link
from tests.client.tool import Tool
from tests.processes import KEY, Runner


class TestHttps:
    @contextmanager
    def server(self, certificate: Path | None = None) -> Iterator[str]:
        """One that breaks off in the middle of the handshake, or has that certificate and its key."""

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        if certificate is None:
                            connection.recv(1 << 16)
                        else:
                            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                            context.load_cert_chain(certificate)
                            context.wrap_socket(connection, server_side=True).close()

        with socket.create_server(("127.0.0.1", 0)) as listening:
            Thread(target=serve, daemon=True).start()
            yield f"https://127.0.0.1:{listening.getsockname()[1]}"

    def test_that_breaks_is_a_connection_like_any_other(self, runner: Runner) -> None:
        link = Link(runner.address, KEY)
        link.once("GET", "/list")
        with self.server() as address, pytest.raises(Unanswered, match=f"Nothing answers at {address[8:]}") as caught:
            link.once("GET", f"{address}/bucket")
        assert caught.value.passing

    def test_with_the_certificate_of_somebody_else_is_refused_at_once(self, runner: Runner, tmp_path: Path) -> None:
        link = Link(runner.address, KEY)
        link.once("GET", "/list")
        with (
            self.server(self_signed(tmp_path / "certificate")) as address,
            pytest.raises(Unanswered, match=f"The certificate of {address[8:]} is not to be trusted") as caught,
        ):
            link.once("GET", f"{address}/bucket")
        assert not caught.value.passing

    def test_where_there_is_none_is_said_to_be_none(self, tool: Tool, runner: Runner) -> None:
        address = runner.address.replace("http:", "https:")
        assert f"There is no https at {address} (" in tool.run("list", "--api", address, status=1).stderr

    def test_with_authorities_that_are_not_there_is_one_sentence(self, tool: Tool) -> None:
        tool.environment = {"REQUESTS_CA_BUNDLE": "/there/is/none"}
        complaints = tool.run("list", "--api", "https://127.0.0.1:1", status=1).stderr
        assert "invalid path: /there/is/none" in complaints
        assert len(complaints.splitlines()) == 1


def self_signed(path: Path) -> Path:
    """A file with a certificate that nobody vouches for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    signed = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1)).sign(key, SHA256())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(signed.public_bytes(Encoding.PEM) + secret)
    return path


@pytest.mark.parametrize(
    ("proxy", "sentence"),
    [("http://127.0.0.1:1", ", by way of the proxy (Connection refused)"), ("nowhere:x", "Please check proxy URL")],
)
def test_a_proxy_in_the_way_is_named(tool: Tool, proxy: str, sentence: str) -> None:
    tool.environment = {"HTTP_PROXY": proxy, "http_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}
    assert sentence in tool.run("list", status=1).stderr
