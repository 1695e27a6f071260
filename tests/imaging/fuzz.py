"""Fuzz target: damaged copies of real files go through the public entry points of functions/imaging.

    python -m tests.imaging.fuzz FORMAT FIRST LAST

runs the cases FIRST to LAST - 1 of a format. The number of a case determines its file, so that a failure can be
repeated. The process prints the number of each case before it runs it, because a decoder in C may end the process. At
the end it prints one line of JSON: how many cases were accepted and refused, and its peak memory in MiB.

A case fails if anything but a domain error escapes, if the fence catches an error that no one foresaw, or if `render`
or `strip` refuses a file that `examine` accepts.
"""

import json
import logging
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from functions.domain.errors import ImageRepoError
from functions.domain.limits import HTTP_LIMITS
from functions.imaging import examination, gate
from functions.imaging.containers.png import chunks
from functions.imaging.examine import examine
from functions.imaging.renditions import render
from functions.imaging.strip import strip
from tests.imaging.cases import files
from tests.photos import PNG_SIGNATURE, png_chunk
from tools.bench.measure import KIB_PER_MIB, peak_kib

FORMATS: Final = ("jpeg", "png", "webp", "gif", "avif", "heic")

_FOLDERS: Final = tuple(Path(__file__).parent / each for each in ("heic", "made", "real"))
_SUFFIXES: Final = {".jpg": "jpeg", ".avifs": "avif", ".heif": "heic"}
_LIMITS: Final = replace(HTTP_LIMITS, pixels=250_000, frame_pixels=1_000_000, frames=20)
"""Small, so that a case takes milliseconds although its file may announce any size."""
_SIZES: Final = ((20, 10), (40, 20))
_MOST_CHANGES: Final = 3
_HEAD: Final = 64
"""Bytes at the start of a file that are changed more often than others, because they hold sizes and flags."""
_INTERESTING: Final = (b"\0", b"\1", b"\x7f", b"\x80", b"\xff", b"\0\0", b"\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff")


@cache
def seeds(name: str) -> list[bytes]:
    """The files of a format that the target starts from: those of other projects, then one of each kind in `cases`."""
    paths = sorted(path for folder in _FOLDERS for path in folder.iterdir())
    real = [path for path in paths if _SUFFIXES.get(path.suffix, path.suffix[1:]) == name]
    return [
        *(path.read_bytes() for path in real),
        *(data for kind, data in files().items() if kind.startswith(name)),
    ]


def case(name: str, number: int) -> bytes:
    """The damaged file of that number."""
    random = Random(f"{name} {number}")
    data = random.choice(seeds(name))
    if data.startswith(PNG_SIGNATURE) and random.random() < 0.5:
        return _with_changed_rows(data, random)
    for _ in range(random.randint(1, _MOST_CHANGES)):
        data = _changed(data, random, seeds(name))
    return _consistent(data)


def _changed(data: bytes, random: Random, others: list[bytes]) -> bytes:
    start = random.randrange(min(_HEAD, len(data)) if random.random() < 0.3 else len(data))
    length = min(2 ** random.randrange(8), len(data) - start)
    new = random.choice(
        (
            bytes((data[start] ^ 1 << random.randrange(8),)) + data[start + 1 : start + length],
            random.choice(_INTERESTING),
            random.randbytes(random.randint(1, 4)),
            b"",
            data[start : start + length] * 2,
            _part(random.choice(others), random),
        )
    )
    replaced = len(new) if random.random() < 0.8 else length
    return data[:start] + new + data[start + replaced :] or b"\0"


def _with_changed_rows(data: bytes, random: Random) -> bytes:
    """A PNG whose rows are unpacked, changed and packed again: zlib detects nearly all changes of packed rows."""
    pieces, packed = [PNG_SIGNATURE], b""
    for kind, start, stop in chunks(data):
        if kind == b"IDAT":
            packed += data[start:stop]
        else:
            if packed:
                rows = _changed(zlib.decompress(packed), random, [b"\0\1\2\3\4\5"])
                pieces.append(png_chunk(b"IDAT", zlib.compress(rows, 1)))
                packed = b""
            pieces.append(data[start - 8 : stop + 4])
    return b"".join(pieces)


def _part(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data))
    return data[start : start + 2 ** random.randrange(10)]


def _consistent(data: bytes) -> bytes:
    """The file with correct checksums (PNG) and length (WebP), because it would be refused early without them."""
    if data.startswith(PNG_SIGNATURE):
        return with_checksums(data)
    if data.startswith(b"RIFF"):
        return data[:4] + struct.pack("<I", max(0, len(data) - 8)) + data[8:]
    return data


def with_checksums(data: bytes) -> bytes:
    """A PNG with correct checksums, as far as its chunks can be read."""
    whole, place = bytearray(data), len(PNG_SIGNATURE)
    while data.startswith(PNG_SIGNATURE) and place + 12 <= len(whole):
        end = place + 8 + struct.unpack_from(">I", whole, place)[0]
        if end + 4 > len(whole):
            break
        struct.pack_into(">I", whole, end, zlib.crc32(whole[place + 4 : end]))
        place = end + 4
    return bytes(whole)


def accepts(data: bytes) -> bool:
    """Whether `examine` accepts the file. If it does, `render` and `strip` must not refuse it.

    Raises:
        Exception: Anything that is not a domain error, and what the fence would turn into one.
    """
    with no_fence():
        return _accepts(data)


class _NoFence(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage())


@contextmanager
def no_fence() -> Iterator[None]:
    """Raise an error that no one foresaw, where the fence would log it and refuse the image."""
    handler = _NoFence()
    examination.log.addHandler(handler)
    try:
        yield
    finally:
        examination.log.removeHandler(handler)


def _accepts(data: bytes) -> bool:
    accepted = _examined(data)
    rendered = _rendered(data)
    if accepted and not rendered:
        raise AssertionError("examine accepts the file, and render or strip refuses it.")
    return accepted


def _examined(data: bytes) -> bool:
    try:
        examine(data, _LIMITS, sha256="")
    except ImageRepoError:
        return False
    return True


def _rendered(data: bytes) -> bool:
    try:
        header = gate.check(data, _LIMITS)
        render(data, header.format, _SIZES, full_size=True)
        if header.format.strippable and not header.open_ended:  # `strip` refuses a file without its end
            strip(data, header.format)
    except ImageRepoError:
        return False
    return True


def main(name: str, first: str, last: str) -> None:
    """Run the cases and print what happened."""
    counts = Counter[bool]()
    for number in range(int(first), int(last)):
        print(number, flush=True)  # noqa: T201 - the protocol of this command
        counts[accepts(case(name, number))] += 1
    peak = peak_kib() // KIB_PER_MIB
    print(json.dumps({"accepted": counts[True], "refused": counts[False], "peak_mib": peak}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
