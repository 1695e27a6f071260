"""Row: uploads per second, of new photos and duplicates, with the function alone and with the whole local runner."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from tools.bench.measure import Bench, child, module, percentile, ratio
from tools.bench.photos import jpeg, photo
from tools.bench.report import CannotMeasure, Line, Section, at_most
from tools.bench.servers import KEY, Server, function, runner

MIN_RATE: Final = 40.0
"""The target for the rate of new photos, in uploads per second."""
MAX_P99: Final = 0.350
"""The target for the 99th percentile of the request times, in seconds."""
MIN_DUPLICATES: Final = 3.0

_CONNECTIONS: Final = 8
_ROUNDS: Final = 4
_PER_ROUND: Final = 80
_RUNNER_SHARE: Final = 4
"""The runner gets one of so many photos of a round, because it also makes thumbnails."""

_SIZE: Final = (2464, 1632)
_MARGIN: Final = 400
_BYTES: Final = 1_000_000
_DRAIN: Final = 120.0
"""The longest wait for the last thumbnails, in seconds."""
_NO_PAGE_FAULTS: Final = {"MALLOC_TOP_PAD_": str(64 << 20)}
"""Prevents glibc from returning a picture's memory and requesting it again, so that the floor is low."""
_HOW: Final = (
    "One process on the same {cpus} CPUs uploads {count} different photos of {width} x {height} (JPEG, {size:.2f} MB "
    "on average), each with a multipart `POST /upload` over one of {connections} open connections. The server is "
    "functions-framework's production server (gunicorn, one worker, threads = CPUs x 4) with `upload_image`, on the "
    "embedded backend with its fsyncs. Each of {rounds} rounds measures the floor, the function with new photos, the "
    "function with the same photos again, and the local runner with some of them, which makes thumbnails on the same "
    "CPUs at the same time. The *floor* decodes the photos with Pillow and hashes their pixels with SHA-512, in one "
    "process on each CPU, without a server."
)


@dataclass(slots=True)
class _Series:
    """The results of one side: uploads per second, CPU seconds of an upload, and seconds of each request."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    def add(self, found: Any, count: int) -> None:
        self.rates.append(count / (found["ended"] - found["began"]))
        self.cpu.append(found["cpu"] / count)
        self.latencies += found.get("latencies", [])

    @property
    def rate(self) -> float:
        return median(self.rates)

    def latency(self, share: float) -> str:
        return f"{percentile(self.latencies, share) * 1e3:.0f} ms"


@dataclass(slots=True)
class _Found:
    floor: _Series = field(default_factory=_Series)
    new: _Series = field(default_factory=_Series)
    again: _Series = field(default_factory=_Series)
    runner: _Series = field(default_factory=_Series)
    thumbnails: list[float] = field(default_factory=list)
    """For each round: images per second, until the last thumbnail was ready."""


def run(bench: Bench) -> Section:
    """Measure the row."""
    rounds = bench.rounds(_ROUNDS)
    paths = list(_photos(bench.folder, rounds * _PER_ROUND))
    found = _Found()
    with function("upload_image", bench.folder / "function") as server, runner(bench.folder / "runner") as everything:
        for number in range(rounds):
            _round(paths[number * _PER_ROUND : (number + 1) * _PER_ROUND], server, everything, found)
    return _section(paths, rounds, found)


def _photos(folder: Path, count: int) -> Iterator[Path]:
    """Photos that are different parts of a few large pictures, with about the same size in bytes."""
    (width, height), large = _SIZE, None
    for number in range(count):
        if large is None or number % _MARGIN == 0:
            large = photo(width + _MARGIN, height + _MARGIN, seed=number)
        left, top = number % _MARGIN, number * 7 % _MARGIN
        path = folder / f"{number}.jpg"
        path.write_bytes(jpeg(large.crop((left, top, left + width, top + height)), 86))
        yield path


def _round(paths: list[Path], server: Server, everything: Server, found: _Found) -> None:
    lines = "\n".join(map(str, paths))
    floor = child(module("floor"), stdin=lines, env=_NO_PAGE_FAULTS)
    if floor["failed"]:
        raise CannotMeasure("The floor could not be measured: one of its processes failed.")
    found.floor.add(floor, len(paths))
    found.new.add(_upload(lines, server, {"201": len(paths)}), len(paths))
    found.again.add(_upload(lines, server, {"200": len(paths)}), len(paths))
    few = paths[::_RUNNER_SHARE]
    uploaded = _upload("\n".join(map(str, few)), everything, {"201": len(few)})
    found.runner.add(uploaded, len(few))
    found.thumbnails.append(len(few) / (_drained(everything) - uploaded["began"]))


def _upload(lines: str, server: Server, expected: dict[str, int]) -> Any:
    before = server.cpu()
    found = child(module("load", server.port, KEY, _CONNECTIONS), stdin=lines)
    found["cpu"] = server.cpu() - before
    if found["statuses"] != expected:
        raise CannotMeasure(f"The responses to the uploads must be {expected}, not {found['statuses']}.")
    return found


def _drained(server: Server) -> float:
    """Wait until the newest images have their thumbnails. Returns the time, in seconds of the monotonic clock."""
    deadline = time.monotonic() + _DRAIN
    while time.monotonic() < deadline:
        images = server.get("/list?limit=100").json()["images"]
        if all(each["thumbnails"]["state"] != "pending" for each in images):
            return time.monotonic()
        time.sleep(0.1)
    raise CannotMeasure(f"Thumbnails were still pending after {_DRAIN:.0f} s.")


def _section(paths: list[Path], rounds: int, found: _Found) -> Section:
    size = sum(path.stat().st_size for path in paths) / len(paths)
    how = _HOW.format(
        count=len(paths),
        width=_SIZE[0],
        height=_SIZE[1],
        size=size / 1e6,
        connections=_CONNECTIONS,
        cpus=len(os.sched_getaffinity(0)),
        rounds=rounds,
    )
    return Section("Uploads per second", how, [*_function_lines(found), *_runner_lines(found)], _remarks(found))


def _remarks(found: _Found) -> list[str]:
    if found.new.rate >= MIN_RATE:
        return []
    share = ratio(found.new.rates, found.floor.rates)
    reach = f"Only decoding and hashing, without a server, reached {found.floor.rate:.1f}/s on these CPUs in this run"
    return [f"{reach}; the function reached {share:.0%} of that."]


def _function_lines(found: _Found) -> list[Line]:
    floor, new, again = found.floor, found.new, found.again
    slowest = percentile(new.latencies, 0.99)
    duplicates = ratio(again.rates, new.rates)
    return [
        Line(
            "new photos",
            f"{new.rate:.1f}/s",
            f"floor: {floor.rate:.1f}/s",
            f"{ratio(new.rates, floor.rates):.2f}",
            f"≥ {MIN_RATE:.0f}/s",
            new.rate >= MIN_RATE,
        ),
        at_most("… CPU time each, server", _ms(new.cpu), f"floor: {_ms(floor.cpu)}", ratio(new.cpu, floor.cpu)),
        Line("… latency, p50", new.latency(0.5)),
        Line("… latency, p99", new.latency(0.99), target=f"≤ {MAX_P99 * 1e3:.0f} ms", met=slowest <= MAX_P99),
        Line(
            "exact duplicates",
            f"{again.rate:.1f}/s",
            f"new: {new.rate:.1f}/s",
            f"{duplicates:.2f}",
            f"≥ {MIN_DUPLICATES:.2f}",
            duplicates >= MIN_DUPLICATES,
        ),
        at_most("… CPU time each, server", _ms(again.cpu), f"new: {_ms(new.cpu)}", ratio(again.cpu, new.cpu)),
        Line("… latency, p50 and p99", f"{again.latency(0.5)}, {again.latency(0.99)}"),
    ]


def _runner_lines(found: _Found) -> list[Line]:
    runs = found.runner
    share = ratio(runs.rates, found.new.rates)
    return [
        Line("new photos, local runner", f"{runs.rate:.1f}/s", f"function: {found.new.rate:.1f}/s", f"{share:.2f}"),
        Line("… latency, p50 and p99", f"{runs.latency(0.5)}, {runs.latency(0.99)}"),
        Line("… until all their thumbnails are ready", f"{median(found.thumbnails):.1f}/s"),
    ]


def _ms(seconds: list[float]) -> str:
    return f"{median(seconds) * 1e3:.1f} ms"
