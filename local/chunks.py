"""A chunked body: waitress' receiver, with bounds on what stands between the chunks."""

from typing import Final

from waitress.receiver import ChunkedReceiver
from waitress.utilities import BadRequest

_MAX_LINE: Final = 4 * 1024
"""Bytes of the line before a chunk, and of the trailers."""
_STEP: Final = _MAX_LINE // 2


class Chunks(ChunkedReceiver):  # type: ignore[misc]
    """Receives chunks. waitress alone accepts a line of any length before a chunk, and empty lines there.

    Attributes:
        announced: the bytes of the body that have arrived, and those that are left of the current chunk.
    """

    completed: bool
    error: BadRequest | None
    control_line: bytes
    trailer: bytes
    chunk_remainder: int
    all_chunks_received: bool

    @property
    def announced(self) -> int:
        return len(self) + self.chunk_remainder

    def received(self, data: bytes) -> int:
        """Parse more bytes. Each line goes to waitress alone, or in steps, so that its length can be checked.

        Returns:
            How many bytes belong to this body.
        """
        place = 0
        while place < len(data) and not (self.completed or self.error):
            step = self.chunk_remainder or self._line(data, place)
            place += super().received(data[place : place + step])
            if len(self.control_line) > _MAX_LINE or len(self.trailer) > _MAX_LINE:
                self.error = BadRequest("A line of the chunked body is too long")
        return place

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
