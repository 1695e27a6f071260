"""The URL of this service as its client wrote it, from the header `Host`."""

import re
from typing import Final

from flask import Request

from functions.domain.errors import InvalidRequest

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[^:\[\]@/?#\\]{1,253})(?::([0-9]{0,5}))?")
_LABEL: Final = r"[A-Za-z0-9_~-]{1,63}"
_ASCII: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?|\[.+\]")
"""Host names of local networks and containers can have underscores, although those of the internet cannot."""
_MAX_PORT: Final = 65_535
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def base_url(request: Request) -> str:
    """The URL of the request's host, without a final slash, in ASCII. Without a `Host`, the server's own address.

    Raises:
        InvalidRequest: the header is not a host name with an optional port.
    """
    scheme = request.scheme
    server, port = request.server or ("127.0.0.1", None)
    header = request.headers.get("Host") or (f"{server}:{port}" if port else server)
    name, port = _parse(header)
    suffix = "" if port in {None, _DEFAULT_PORTS.get(scheme)} else f":{port}"
    return f"{scheme}://{name}{suffix}"


def _parse(header: str) -> tuple[str, int | None]:
    found = _HOST.fullmatch(header)
    port = int(found[2]) if found and found[2] else None
    name = _ascii(found[1]) if found else ""
    if not _ASCII.fullmatch(name) or (port is not None and not 0 < port <= _MAX_PORT):
        raise invalid_host(header)
    return name, port


def invalid_host(header: str) -> InvalidRequest:
    """The error for a request with this header `Host`."""
    return InvalidRequest(f"The header Host must be a host name with an optional port, not {header[:100]!r}.")


def _ascii(name: str) -> str:
    """The form in which an internationalized name is looked up. WSGI decodes headers as Latin-1."""
    if name.isascii():
        return name
    try:
        return name.encode("latin-1").decode().encode("idna").decode()
    except UnicodeError:
        return ""
