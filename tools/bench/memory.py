"""Row: the memory of an instance, for the largest images that pass the gate and for each first response."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tools.bench.connection import Reply, request, upload
from tools.bench.largest import LARGEST
from tools.bench.measure import KIB_PER_MIB, Bench, peak_kib
from tools.bench.photos import jpeg, photo
from tools.bench.report import CannotMeasure, Line, Section
from tools.bench.servers import KEY, Server, function

LARGE_INSTANCE: Final = 1024
SMALL_INSTANCE: Final = 256
"""The memory of an instance, in MiB."""

_HOW: Final = (
    "The peak resident set of a server: the sum of workers and master (which counts shared memory twice). Each line "
    "has a new server. The largest images have just below 50 million pixels, and as many bytes as they need or 30 MiB. "
    "The last upload sends all of them to one server, as many at a time as an instance accepts."
)
_AT_ONCE: Final = 2
"""Requests that an instance of `upload` accepts at a time (`infra/sizes.tf`)."""
_FIRST_FAILURE: Final = 300
"""The smallest status of a response that is not a success."""
_FIRSTS: Final[dict[str, Callable[[str], bytes]]] = {
    "list_images": lambda _: request("GET", "/list"),
    "random_image": lambda _: request("GET", "/random"),
    "fetch_image": lambda image_id: request("GET", f"/fetch/{image_id}"),
    "update_image": lambda image_id: request("PATCH", f"/update/{image_id}", b'{"caption": "A"}', X_API_Key=KEY),
    "delete_image": lambda image_id: request("DELETE", f"/delete/{image_id}", X_API_Key=KEY),
}


def run(bench: Bench) -> Section:
    """Measure the row."""
    section = Section("Memory", _HOW)
    files = {what: make() for what, make in LARGEST.items()}
    for number, (what, file) in enumerate(files.items()):
        size = f"{len(file) / (1 << 20):.0f} MiB"
        peak = _upload(bench.folder / str(number), file)[1]
        section.lines.append(_line(f"upload of {what} ({size})", peak, LARGE_INSTANCE))
    peak = _upload_all(bench.folder / "all", list(files.values()))
    section.lines.append(_line("upload of all of them, two at a time", peak, LARGE_INSTANCE))
    data = bench.folder / "small"
    image_id, _ = _upload(data, jpeg(photo(2464, 1632)))
    for entry_point, first in _FIRSTS.items():
        with function(entry_point, data) as server:
            _answered(server, first(image_id))
            section.lines.append(_line(f"`{entry_point}`, first response", _peak_mib(server), SMALL_INSTANCE))
    return section


def _upload(data: Path, file: bytes) -> tuple[str, float]:
    """Upload a file. Returns the id of the image, and the peak memory of the server in MiB."""
    with function("upload_image", data) as server:
        reply = _answered(server, upload(file, "photo", KEY))
        return reply.json()["id"], _peak_mib(server)


def _upload_all(data: Path, files: list[bytes]) -> float:
    """Upload all files to one server. Returns its peak memory in MiB."""
    with function("upload_image", data) as server, ThreadPoolExecutor(_AT_ONCE) as clients:
        list(clients.map(lambda file: _answered(server, upload(file, "photo", KEY)), files))
        return _peak_mib(server)


def _answered(server: Server, message: bytes) -> Reply:
    with server.connect() as connection:
        reply = connection.exchange(message)
    if reply.status >= _FIRST_FAILURE:
        raise CannotMeasure(f"The server answered {reply.status}: {reply.body[:300]!r}")
    return reply


def _peak_mib(server: Server) -> float:
    return sum(peak_kib(pid) for pid in server.family()) / KIB_PER_MIB


def _line(what: str, peak: float, limit: float) -> Line:
    return Line(what, f"{peak:.0f} MiB", "", f"{peak / limit:.2f}", f"≤ {limit} MiB", peak <= limit)
