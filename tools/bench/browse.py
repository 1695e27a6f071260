"""Row: the latency of a large collection, compared with a small one."""

from collections.abc import Callable
from statistics import fmean, median
from time import perf_counter
from typing import Final

from tools.bench.collection import TAG, seed
from tools.bench.connection import Connection, request
from tools.bench.measure import Bench, ratio
from tools.bench.report import CannotMeasure, Line, Section, at_most
from tools.bench.servers import Server, function

SMALL: Final = 100
LARGE: Final = 100_000
MAX_RATIO: Final = 1.2

_ROUNDS: Final = 12
_REQUESTS: Final = 60
_OK: Final = 200
_PATHS: Final = {
    "random_image": ("/random", f"/random?tag={TAG}"),
    "list_images": ("/list?limit=20", f"/list?limit=20&tag={TAG}"),
}
_HOW: Final = (
    "Two servers of each function (functions-framework's production server), one with {small:,} images and one with "
    "{large:,}, get requests in turns over open connections: {rounds} rounds of {requests} requests each. Every "
    "second image has the tag. An instance draws from a bag of catalog entries, so most draws read nothing; the mean "
    "includes the draws that fill the bag."
)


def run(bench: Bench) -> Section:
    """Measure the row."""
    rounds = bench.rounds(_ROUNDS)
    section = Section("Browsing a large collection", "")
    large = LARGE // 10 if bench.quick else LARGE
    small_data, large_data = bench.folder / "small", bench.folder / "large"
    seed(small_data, SMALL)
    seed(large_data, large)
    for entry_point, paths in _PATHS.items():
        with function(entry_point, small_data) as small, function(entry_point, large_data) as other:
            for path in paths:
                section.lines += _compare(path, small, other, rounds)
    section.how = _HOW.format(small=SMALL, large=large, rounds=rounds, requests=_REQUESTS)
    return section


def _compare(path: str, small: Server, large: Server, rounds: int) -> list[Line]:
    few: list[list[float]] = []
    many: list[list[float]] = []
    with small.connect() as one, large.connect() as other:
        for _ in range(rounds + 1):
            pairs = [(_time(one, path), _time(other, path)) for _ in range(_REQUESTS)]
            few.append([pair[0] for pair in pairs])
            many.append([pair[1] for pair in pairs])
    del few[0], many[0]  # the first requests of an instance open its database
    lines = [_line(f"`GET {path}`, p50", few, many, median, MAX_RATIO)]
    if path.startswith("/random"):
        lines.append(_line("… mean", few, many, fmean))
    return lines


def _line(
    what: str,
    few: list[list[float]],
    many: list[list[float]],
    middle: Callable[[list[float]], float],
    limit: float | None = None,
) -> Line:
    small, large = ([middle(each) for each in rounds] for rounds in (few, many))
    baseline = f"{SMALL:,} images: {_ms(median(small))}"
    return at_most(what, _ms(median(large)), baseline, ratio(large, small), limit)


def _time(connection: Connection, path: str) -> float:
    began = perf_counter()
    reply = connection.exchange(request("GET", path))
    if reply.status != _OK:
        raise CannotMeasure(f"GET {path} answered {reply.status}.")
    return perf_counter() - began


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms"
