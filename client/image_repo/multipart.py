"""Request bodies that are read from disk while they are sent: memory does not grow with the file."""

import os
import uuid
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import BinaryIO, Final

from image_repo.errors import FileReadError

_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""As browsers escape the name of a form field (WHATWG)."""


class RequestBody:
    """The form around a file, and the file, as one body. `requests` asks for its length and reads it in blocks.

    Args:
        file: an open file; all of it is sent, from its position on.
        on_read: called with the size of each block, in bytes; it may raise to stop.
    """

    def __init__(self, file: BinaryIO, on_read: Callable[[int], None], *, head: bytes = b"", tail: bytes = b"") -> None:
        size = file_size(file)
        self._parts: list[tuple[BinaryIO, int]] = [
            (BytesIO(head), len(head)),
            (file, size),
            (BytesIO(tail), len(tail)),
        ]
        self._length = len(head) + size + len(tail)
        self._on_read = on_read

    def __len__(self) -> int:
        return self._length

    def read(self, limit: int = -1) -> bytes:
        """Up to that many bytes; empty at the end.

        Raises:
            FileReadError: reading fails, or the file became shorter than its announced length.
        """
        while self._parts:
            part, left = self._parts[0]
            if left:
                block = _read(part, min(limit, left) if limit >= 0 else left)
                if not block:
                    raise FileReadError("The file changed while it was sent. Run the command again.")
                self._parts[0] = part, left - len(block)
                self._on_read(len(block))
                return block
            del self._parts[0]
        return b""


def multipart_form(
    file: BinaryIO, fields: Mapping[str, str], on_read: Callable[[int], None]
) -> tuple[RequestBody, str]:
    """A multipart form (RFC 7578) with the fields, and with the file as `image`; and its content type.

    The file's own name is a field as well, because values need no escaping.
    """
    boundary = uuid.uuid4().hex
    lines = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(_ESCAPES)}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    lines.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="image"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = RequestBody(file, on_read, head="".join(lines).encode(), tail=f"\r\n--{boundary}--\r\n".encode())
    return body, f"multipart/form-data; boundary={boundary}"


def file_size(file: BinaryIO) -> int:
    """The size of an open file, in bytes."""
    return os.fstat(file.fileno()).st_size


def _read(part: BinaryIO, limit: int) -> bytes:
    """Read without raising OSError, which `requests` would report as a network failure, and we would retry."""
    try:
        return part.read(limit)
    except OSError as error:
        raise FileReadError.from_os_error(error) from error
