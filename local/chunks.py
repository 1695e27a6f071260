"""A chunked body: waitress' receiver, with bounds on what stands between the chunks."""

import re
from typing import Any, Final

from waitress.receiver import ChunkedReceiver
from waitress.rfc7230 import CHUNK_EXT
from waitress.utilities import BadRequest

_MAX_LINE: Final = 4 * 1024
"""Bytes of the line before a chunk, and of the trailers."""
_STEP: Final = _MAX_LINE // 2
_FREE: Final = 1_000
"""Chunks that can have any size."""
_SHORT: Final = 128
"""Bytes that the other chunks have on average. A client that sends a file line by line has 256."""
_BEGIN: Final = re.compile(rb"0*([0-9A-Fa-f]{1,8})" + CHUNK_EXT.encode("latin-1") + rb"\r\n")


class ShortChunks(BadRequest):  # type: ignore[misc]
    """The chunks are so short that reading them would keep other clients waiting."""

    def __init__(self, count: int, size: int) -> None:
        super().__init__(
            f"The chunks of the body are too short: the first {count:,} have {size:,} bytes. "
            "Send longer chunks, or the body with a Content-Length."
        )


class Chunks(ChunkedReceiver):  # type: ignore[misc]
    """Receives chunks. waitress alone accepts a line of any length before a chunk, and empty lines there.

    Attributes:
        announced: the bytes of the body that have arrived, and those that are left of the current chunk.
    """

    completed: bool
    error: BadRequest | None
    control_line: bytes
    trailer: bytes
    buf: Any
    chunk_remainder: int
    all_chunks_received: bool
    _count = 0

    @property
    def announced(self) -> int:
        return len(self) + self.chunk_remainder

    def received(self, data: bytes) -> int:
        """Parse more bytes. Whole chunks are taken here. Each other line goes to waitress alone, to check its length.

        Returns:
            How many bytes belong to this body.
        """
        place = 0
        while not (self.completed or self.error):
            place = self._take_whole(data, place)
            if place == len(data) or self.error:
                break
            begins = self._is_between_chunks
            step = self.chunk_remainder or self._line(data, place)
            place += super().received(data[place : place + step])
            if begins and self.chunk_remainder:
                self._add_chunk(self.announced)
            if len(self.control_line) > _MAX_LINE or len(self.trailer) > _MAX_LINE:
                self.error = BadRequest("A line of the chunked body is too long")
        return place

    def _take_whole(self, data: bytes, place: int) -> int:
        """Take the chunks that are complete there. For a short one, waitress needs ten times as long.

        Returns:
            The place after them.
        """
        if self.control_line or not self._is_between_chunks:
            return place
        pieces = []
        size = len(self)
        while not self.error and (found := _BEGIN.match(data, place, place + _STEP)):
            end = found.end() + int(found[1], 16)
            if end == found.end() or data[end : end + 2] != b"\r\n":
                break
            pieces.append(data[found.end() : end])
            place = end + 2
            size += len(pieces[-1])
            self._add_chunk(size)
        self.buf.append(b"".join(pieces))
        return place

    def _add_chunk(self, size: int) -> None:
        """Count a chunk. All so far have `size` bytes."""
        self._count += 1
        if self._count > _FREE + size // _SHORT:
            self.error = ShortChunks(self._count, size)

    def _line(self, data: bytes, place: int) -> int:
        """The length of the line that begins there, or of a part of it."""
        end = data.find(b"\n", place, place + _STEP)
        length = (end + 1 if end >= 0 else min(place + _STEP, len(data))) - place
        if self._is_between_chunks and end >= 0:
            line = self.control_line + data[place : place + length]
            if line == b"\r\n" or not line.endswith(b"\r\n"):
                self.error = BadRequest("A line before a chunk is empty, or ends without CR")
        return length

    @property
    def _is_between_chunks(self) -> bool:
        return not (self.chunk_remainder or self.validate_chunk_end or self.all_chunks_received)
