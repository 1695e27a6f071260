"""Row: `image-repo upload` of a folder with a thousand photos, and of the same folder again."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from tools.bench.measure import CHILD_TIMEOUT, ROOT, Bench, child, environment, module, ratio
from tools.bench.photos import jpeg, photo
from tools.bench.report import CannotMeasure, Line, Section, at_most
from tools.bench.servers import KEY, Server, runner

_ROUNDS: Final = 2
_COUNT: Final = 1_000
_QUICK: Final = 100
_FOLDERS: Final = 10
_SIZE: Final = (640, 480)
_MARGIN: Final = 40
_JOBS: Final = 8
_DRAIN: Final = 300.0
"""The longest wait for the last thumbnails, in seconds."""
_HOW: Final = (
    "`image-repo upload --jobs {jobs}` uploads {count:,} different photos of {width} x {height} (JPEG, {size:.0f} kB "
    "on average) in nested folders to a new `make run`, which makes their thumbnails on the same CPUs at the same "
    "time. Then the same command runs again. The baseline is a loop of `requests.post`, one photo after the other, to "
    "another new `make run`. There are {rounds} rounds. Times are those of whole processes. No process begins before "
    "the thumbnails of the previous one are ready."
)


@dataclass(slots=True)
class _Found:
    """For each round: photos per second of each side, and the bytes that the command sent."""

    first: list[float] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    sent_again: list[int] = field(default_factory=list)


def run(bench: Bench) -> Section:
    """Measure the row."""
    rounds = bench.rounds(_ROUNDS)
    photos = bench.folder / "photos"
    paths = _make_photos(photos, _QUICK if bench.quick else _COUNT)
    found = _Found()
    for number in range(rounds):
        _round(photos, paths, bench.folder / f"round-{number}", found)
    size = sum(path.stat().st_size for path in paths) / len(paths)
    how = _HOW.format(count=len(paths), width=_SIZE[0], height=_SIZE[1], size=size / 1e3, jobs=_JOBS, rounds=rounds)
    return Section("Pushing a folder", how, _lines(found))


def _make_photos(folder: Path, count: int) -> list[Path]:
    """Write photos that are different parts of one picture."""
    width, height = _SIZE
    large = photo(width + _MARGIN, height + _MARGIN)
    paths = []
    for number in range(count):
        path = folder / f"{number % _FOLDERS}" / "deeper" / f"{number:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        left, top = number % _MARGIN, number // _MARGIN
        path.write_bytes(jpeg(large.crop((left, top, left + width, top + height)), 85))
        paths.append(path)
    return paths


def _round(photos: Path, paths: list[Path], folder: Path, found: _Found) -> None:
    count = len(paths)
    with runner(folder / "loop") as server:
        began = time.monotonic()
        statuses = child(module("sequential", server.port, KEY), stdin="\n".join(map(str, paths)))
        found.loop.append(count / (time.monotonic() - began))
        if statuses != {"201": count}:
            raise CannotMeasure(f"All responses to the loop's uploads must have the status 201, not {statuses}.")
        _drain(server)
    with runner(folder / "tool") as server:
        seconds, summary = _upload(photos, server, folder)
        _check(summary, "stored", count)
        found.first.append(count / seconds)
        found.sent.append(summary["bytes_sent"])
        _drain(server)
        seconds, summary = _upload(photos, server, folder)
        _check(summary, "present", count)
        found.again.append(count / seconds)
        found.sent_again.append(summary["bytes_sent"])


def _upload(photos: Path, server: Server, folder: Path) -> tuple[float, dict[str, Any]]:
    """Run the command. Returns its seconds and its summary."""
    command = [sys.executable, "-m", "image_repo", "upload", "--json", "--jobs", str(_JOBS), str(photos)]
    settings = {
        "IMAGE_REPO_API": f"http://127.0.0.1:{server.port}",
        "IMAGE_REPO_KEY": KEY,
        "PYTHONPATH": str(ROOT / "client"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    began = time.monotonic()
    done = subprocess.run(
        command, env=environment(settings), capture_output=True, text=True, timeout=CHILD_TIMEOUT, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise CannotMeasure(f"image-repo upload failed: {(done.stderr or done.stdout).strip()[-500:]}")
    return seconds, json.loads(done.stdout.splitlines()[-1])["summary"]


def _check(summary: dict[str, Any], state: str, count: int) -> None:
    if summary[state] != count:
        raise CannotMeasure(f"All {count} photos must be {state}, but the summary is {summary}.")


def _drain(server: Server) -> None:
    """Wait for the last thumbnail. Events are delivered nearly in order, so the newest images are ready last."""
    deadline = time.monotonic() + _DRAIN
    while time.monotonic() < deadline:
        images = server.get("/list?limit=100").json()["images"]
        if all(each["thumbnails"]["state"] != "pending" for each in images):
            return
        time.sleep(0.2)
    raise CannotMeasure(f"Thumbnails were still pending after {_DRAIN:.0f} s.")


def _lines(found: _Found) -> list[Line]:
    sent, again = median(found.sent), median(found.sent_again)
    return [
        Line(
            "photos per second, first run",
            f"{median(found.first):.1f}/s",
            f"one after the other: {median(found.loop):.1f}/s",
            f"{ratio(found.first, found.loop):.2f}",
        ),
        Line(
            "photos per second, second run",
            f"{median(found.again):.1f}/s",
            f"first run: {median(found.first):.1f}/s",
            f"{ratio(found.again, found.first):.2f}",
        ),
        at_most("bytes sent, second run", f"{again:,.0f}", f"first run: {sent:,.0f}", again / sent, 0.0),
    ]
