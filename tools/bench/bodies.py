"""Row: what the worst bodies cost a server, and how long another client waits meanwhile."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Final, NamedTuple

from tools.bench import hostile
from tools.bench.connection import request
from tools.bench.hostile import BODIES, TEXTS, Hostile
from tools.bench.measure import KIB_PER_MIB, ROOT, Bench, memory_kib, peak_kib
from tools.bench.photos import jpeg, photo
from tools.bench.report import CannotMeasure, Line, Section
from tools.bench.servers import API_KEYS, CPUS, KEY, Server, framework

MEMORY: Final = 300
"""MiB above those of the idle server."""
CPU: Final = 2.0
"""Seconds."""
WAIT: Final = 200.0
"""Milliseconds."""

_OK: Final = 200
_PAUSE: Final = 0.005
"""Seconds between two requests of the other client."""
_FIELDS: Final = {"marks": "caption", "commas": "tags", "slashes": "album"}
"""Hostile texts, each with the field in which it takes most time."""
_MAIN: Final = '''"""`upload` and `list` in one process, so that one client can make another one wait."""

import sys

sys.path.insert(0, {root!r})

from flask import Request, Response

from functions.entrypoints.list_images import list_images
from functions.entrypoints.upload_image import upload_image
from functions.web.logs import configure

configure()


def both(request: Request) -> Response:
    return (list_images if request.path == "/list" else upload_image)(request)
'''
_HOW: Final = (
    "Each body goes twice to a new server of its own: functions-framework's production server with `upload` and "
    "`list` in one process. The first time shows the CPU time. The second time, another client sends `GET /list` "
    "every 5 ms over an open connection; *wait* is its slowest answer. Memory is the peak resident set of both times, "
    "less that of the server after a small upload. Most bodies have 32 MiB, the most that a request can have."
)


class Cost(NamedTuple):
    """Memory in MiB above the idle server, CPU time in seconds, and the other client's longest wait in milliseconds."""

    memory: float
    cpu: float
    wait: float

    @property
    def met(self) -> bool:
        """Whether all targets are met."""
        return self.memory <= MEMORY and self.cpu <= CPU and self.wait <= WAIT


def run(bench: Bench) -> Section:
    """Measure the row."""
    section = Section("Hostile bodies", _HOW)
    source = bench.folder / "source"
    source.mkdir()
    (source / "main.py").write_text(_MAIN.format(root=str(ROOT)))
    image = jpeg(photo(640, 480))
    for number, (what, body) in enumerate(_bodies(image).items()):
        with _serving(source, bench.folder / str(number), image) as server:
            cost = _cost(server, body)
        measured = f"{cost.memory:.0f} MiB, {cost.cpu:.2f} s, {cost.wait:.0f} ms"
        target = f"≤ {MEMORY} MiB, {CPU:.0f} s, {WAIT:.0f} ms"
        section.lines.append(Line(f"{what}: memory, CPU time, wait", measured, target=target, met=cost.met))
    return section


def _bodies(image: bytes) -> dict[str, Hostile]:
    texts = {
        f"{what} as `{field}`": Hostile(hostile.JSON, partial(_with_text, field, what, image), 400, "invalid_field")
        for what, field in _FIELDS.items()
    }
    return {**BODIES, **texts}


def _with_text(field: str, what: str, image: bytes) -> bytes:
    return hostile.with_text(field, TEXTS[what](), image)


@contextmanager
def _serving(source: Path, data: Path, image: bytes) -> Iterator[Server]:
    """A server that has everything loaded."""
    settings = {"DATA_DIR": str(data), "API_KEYS": API_KEYS, "THREADS": str(CPUS * 4)}
    with framework("both", source, settings) as server:
        _send(server, request("POST", "/upload", image, X_API_Key=KEY, Content_Type="image/jpeg"), 201)
        server.get("/list")
        yield server


def _cost(server: Server, body: Hostile) -> Cost:
    message = request("POST", "/upload", body.make(), X_API_Key=KEY, Content_Type=body.content_type)
    idle, before = _sum(memory_kib, server), server.cpu()
    _send(server, message, body.status)
    cpu = server.cpu() - before
    done = Event()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(_longest_wait, server, done)
        try:
            _send(server, message, body.status)
        finally:
            done.set()
        wait = other.result()
    return Cost((_sum(peak_kib, server) - idle) / KIB_PER_MIB, cpu, wait * 1e3)


def _longest_wait(server: Server, done: Event) -> float:
    """The seconds of the slowest answer to `GET /list` until `done` is set."""
    longest = 0.0
    with server.connect() as connection:
        while True:
            began = perf_counter()
            status = connection.exchange(request("GET", "/list?limit=20")).status
            longest = max(longest, perf_counter() - began)
            if status != _OK:
                raise CannotMeasure(f"GET /list answered {status}.")
            if done.wait(_PAUSE):
                return longest


def _send(server: Server, message: bytes, status: int) -> None:
    with server.connect() as connection:
        reply = connection.exchange(message)
    if reply.status != status:
        raise CannotMeasure(f"The server answered {reply.status} instead of {status}: {reply.body[:300]!r}")


def _sum(read: Callable[[int], int], server: Server) -> int:
    return sum(map(read, server.family()))
