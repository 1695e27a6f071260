"""Request bodies that are read from disk while they are sent: memory does not grow with the file."""

import os
import uuid
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import BinaryIO

from image_repo.errors import CannotRead


class Body:
    """Some bytes, a file, some bytes; `requests` asks for its length and reads it in blocks."""

    def __init__(self, file: BinaryIO, sending: Callable[[int], None], *, head: bytes = b"", tail: bytes = b"") -> None:
        self.size = os.fstat(file.fileno()).st_size
        self._parts: list[tuple[BinaryIO, int]] = [
            (BytesIO(head), len(head)),
            (file, self.size),
            (BytesIO(tail), len(tail)),
        ]
        self._length = len(head) + self.size + len(tail)
        self._sending = sending

    def __len__(self) -> int:
        return self._length

    def read(self, limit: int = -1) -> bytes:
        """Up to that many bytes; none at the end.

        Raises:
            CannotRead: the disk fails, or the file became shorter than was announced.
        """
        while self._parts:
            part, left = self._parts[0]
            if left:
                block = _read(part, min(limit, left) if limit >= 0 else left)
                if not block:
                    raise CannotRead("The file changed while it was sent. Run the command again.")
                self._parts[0] = part, left - len(block)
                self._sending(len(block))
                return block
            del self._parts[0]
        return b""


def _read(part: BinaryIO, limit: int) -> bytes:
    """As errors of the system, `requests` would take a broken disk for a broken network, and we would try again."""
    try:
        return part.read(limit)
    except OSError as error:
        raise CannotRead.because(error) from error


def form(file: BinaryIO, fields: Mapping[str, str], sending: Callable[[int], None]) -> tuple[Body, str]:
    """A multipart form (RFC 7578) of the fields and the file as `image`; and its content type.

    Names that people gave are values of fields, where no character has to be escaped.
    """
    boundary = uuid.uuid4().hex
    lines = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    lines.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="image"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = Body(file, sending, head="".join(lines).encode(), tail=f"\r\n--{boundary}--\r\n".encode())
    return body, f"multipart/form-data; boundary={boundary}"
