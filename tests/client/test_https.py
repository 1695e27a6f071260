"""HTTPS connections and proxies."""

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

from image_repo import APIConnectionError
from image_repo.transport import Transport
from tests.client.tool import Tool
from tests.processes import KEY, Runner


class TestHttps:
    @contextmanager
    def server(self, certificate: Path | None = None) -> Iterator[str]:
        """A server that breaks the connection during the handshake, or that has this certificate and key."""

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

    def test_that_breaks_is_a_transient_failure(self, runner: Runner) -> None:
        with Transport(runner.address, KEY) as transport, self.server() as address:
            transport.send("GET", "/list")
            with pytest.raises(APIConnectionError, match=f"No answer from {address[8:]}") as caught:
                transport.send("GET", f"{address}/bucket")
        assert caught.value.transient

    def test_with_an_untrusted_certificate_is_a_permanent_failure(self, runner: Runner, tmp_path: Path) -> None:
        certificate = self_signed(tmp_path / "certificate")
        with Transport(runner.address, KEY) as transport, self.server(certificate) as address:
            transport.send("GET", "/list")
            with pytest.raises(APIConnectionError, match=f"The certificate of {address[8:]} is not trusted") as caught:
                transport.send("GET", f"{address}/bucket")
        assert not caught.value.transient

    def test_to_a_server_without_it_is_named_as_such(self, tool: Tool, runner: Runner) -> None:
        address = runner.address.replace("http:", "https:")
        assert f"{address} does not support https (" in tool.run("list", "--api", address, status=1).stderr

    def test_with_missing_certificate_authorities_is_one_message(self, tool: Tool) -> None:
        tool.environment = {"REQUESTS_CA_BUNDLE": "/there/is/none"}
        errors = tool.run("list", "--api", "https://127.0.0.1:1", status=1).stderr
        assert "invalid path: /there/is/none" in errors
        assert len(errors.splitlines()) == 1


def self_signed(path: Path) -> Path:
    """A file with a self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    signed = (
        builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1)).sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(signed.public_bytes(Encoding.PEM) + secret)
    return path


@pytest.mark.parametrize(
    ("proxy", "message"),
    [("http://127.0.0.1:1", " through the proxy (Connection refused)"), ("nowhere:x", "Please check proxy URL")],
)
def test_a_failing_proxy_is_named(tool: Tool, proxy: str, message: str) -> None:
    tool.environment = {"HTTP_PROXY": proxy, "http_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}
    assert message in tool.run("list", status=1).stderr
