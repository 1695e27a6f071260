"""Row: how long a list takes beside clients that have sent half a request to the local runner."""

import socket
from contextlib import ExitStack
from itertools import chain
from time import perf_counter
from typing import Final

from tools.bench.collection import seed
from tools.bench.connection import Connection, request
from tools.bench.measure import Bench, percentile, ratio
from tools.bench.report import CannotMeasure, Line, Section
from tools.bench.servers import KEY, runner

MAX_P99: Final = 0.2
"""Seconds."""
_CLIENTS: Final = 200
_IMAGES: Final = 100
_ROUNDS: Final = 8
_REQUESTS: Final = 200
_OK: Final = 200
_WHOLE: Final = request("POST", "/upload", bytes(100_000), X_API_Key=KEY, Content_Type="image/jpeg")
_HALVES: Final = (b"", _WHOLE[:40], _WHOLE[:50_000])
_HOW: Final = (
    "`GET /list` of the local runner with {images} images, {requests} requests in each of {rounds} rounds: first "
    "alone, then beside {clients} connections. A third of these sends nothing, a third half a header, and a third half "
    "a body."
)


def run(bench: Bench) -> Section:
    """Measure the row."""
    rounds = bench.rounds(_ROUNDS)
    seed(bench.folder / "data", _IMAGES)
    alone: list[list[float]] = []
    beside: list[list[float]] = []
    with runner(bench.folder / "data") as server, server.connect() as connection:
        _times(connection)  # the first requests open the database
        for _ in range(rounds):
            alone.append(_times(connection))
            with ExitStack() as stack:
                for number in range(_CLIENTS):
                    client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                    client.sendall(_HALVES[number % len(_HALVES)])
                beside.append(_times(connection))
    how = _HOW.format(images=_IMAGES, requests=_REQUESTS, rounds=rounds, clients=_CLIENTS)
    return Section("Beside slow clients", how, [_line(alone, beside, 0.5, None), _line(alone, beside, 0.99, MAX_P99)])


def _times(connection: Connection) -> list[float]:
    found = []
    for _ in range(_REQUESTS):
        began = perf_counter()
        if connection.exchange(request("GET", "/list")).status != _OK:
            raise CannotMeasure("GET /list must answer 200.")
        found.append(perf_counter() - began)
    return found


def _line(alone: list[list[float]], beside: list[list[float]], share: float, limit: float | None) -> Line:
    without, measured = ([percentile(each, share) for each in rounds] for rounds in (alone, beside))
    all_without, everything = (percentile(list(chain(*rounds)), share) for rounds in (alone, beside))
    return Line(
        f"`GET /list` beside {_CLIENTS} half-sent requests, p{share * 100:.0f}",
        _ms(everything),
        f"alone: {_ms(all_without)}",
        f"{ratio(measured, without):.2f}",
        f"≤ {_ms(limit)}" if limit else "",
        everything <= limit if limit else None,
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"
