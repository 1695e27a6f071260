"""The receiver of chunked bodies, held against waitress' own."""

import random
from itertools import pairwise

import pytest
from waitress.buffers import OverflowableBuffer
from waitress.receiver import ChunkedReceiver

from local.chunks import Chunks, ShortChunks


def receiver(kind: type[ChunkedReceiver]) -> ChunkedReceiver:
    return kind(OverflowableBuffer(1 << 20))


def chunked(body: bytes, sizes: list[int], rng: random.Random) -> bytes:
    places = [0]
    for each in sizes:
        places.append(min(len(body), places[-1] + each))
    heads = ("%x", "%X", "00%x", "%x;a=b", '%x;a="b c";d')
    chunks = [
        (rng.choice(heads) % (end - begin)).encode() + b"\r\n" + body[begin:end] + b"\r\n"
        for begin, end in pairwise([*places, len(body)])
        if end > begin
    ]
    return b"".join(chunks) + b"0\r\n" + rng.choice((b"", b"a: b\r\n")) + b"\r\n"


def received(kind: type[ChunkedReceiver], parts: list[bytes]) -> tuple[bytes, int]:
    found = receiver(kind)
    taken = sum(found.received(each) for each in parts)
    assert found.completed
    assert not found.error
    body: bytes = found.getfile().read()
    return body, taken


@pytest.mark.parametrize("seed", range(200))
def test_it_receives_what_waitress_receives(seed: int) -> None:
    """However the body is divided into chunks, and the chunks into what arrives at once."""
    rng = random.Random(seed)
    body = rng.choice((rng.randbytes(2_000), b"\r\n" * 1_000, b"0\r\n\r\n" * 300))
    message = chunked(body, [rng.choice((1, 2, 50, 700)) for _ in range(100)], rng)
    cuts = sorted(rng.sample(range(len(message)), rng.choice((0, 1, 5, 100))))
    parts = [message[begin:end] for begin, end in pairwise([0, *cuts, len(message)])]
    parts[-1] += b"GET / HTTP/1.1"
    assert received(Chunks, parts) == received(ChunkedReceiver, parts) == (body, len(message))


@pytest.mark.parametrize("chunk", [b"1\r\na\r\n", b"0001;a=b\r\na\r\n"])
def test_it_stops_within_what_arrived_at_once(chunk: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(ChunkedReceiver, "received", lambda *arguments: calls.append(arguments))
    found = receiver(Chunks)
    found.received(chunk * 100_000)
    assert isinstance(found.error, ShortChunks)
    assert len(found) < 1_100
    assert calls == []


@pytest.mark.parametrize("size", [1, 5, 6, 7, 11, 600])
def test_tiny_chunks_are_refused_however_they_arrive(size: int) -> None:
    message = b"1\r\na\r\n" * 2_000
    found = receiver(Chunks)
    for place in range(0, len(message), size):
        found.received(message[place : place + size])
    assert isinstance(found.error, ShortChunks)
    assert len(found) < 1_100


def test_a_thousand_tiny_chunks_are_accepted() -> None:
    assert received(Chunks, [b"1\r\na\r\n" * 1_000 + b"0\r\n\r\n"])[0] == b"a" * 1_000
