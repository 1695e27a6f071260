"""Row: the time until the first response of a new instance."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Final

from functions.adapters.gcp.catalog import FirestoreCatalog, firestore_client
from tools.bench.collection import fill, seed
from tools.bench.measure import ROOT, Bench, environment, ratio
from tools.bench.report import CannotMeasure, Line, Section, at_most
from tools.bench.servers import framework, function
from tools.emulators import CannotStart, firestore_emulator

MAX_RATIOS: Final = {"embedded": 1.15, "firestore": 2.3}

_PROJECT: Final = "demo-bench"

_PAIRS: Final = 20
_IMAGES: Final = 1_000
_OK: Final = 200
_HEAVIEST: Final = 8
_BARE: Final = 'def hello(request):\n    return "ok"\n'
_HOW: Final = (
    "From the start of the process to the first 200, in {pairs} rounds of starts: `random_image` with {images} "
    "images on the embedded backend, the same on Firestore's emulator, and a function of functions-framework that "
    "returns a constant. All use its production server. The byte code is cached, and the files are in the page cache."
)
_IMPORTED: Final = re.compile(r"import time: +(\d+) \| +(\d+) \| *(\S+)")
_FRAMEWORK: Final = "import functions_framework._cli, functions_framework._http.gunicorn, gunicorn.workers.gthread\n"
_OURS: Final = "import main, functions.wiring\nmain.random_image, functions.wiring.wiring().catalog()\n"


def run(bench: Bench) -> Section:
    """Measure the row."""
    pairs = bench.rounds(_PAIRS)
    data, bare = bench.folder / "data", bench.folder / "bare"
    seed(data, _IMAGES)
    bare.mkdir()
    (bare / "main.py").write_text(_BARE)
    starts: dict[str, Callable[[], float]] = {
        "embedded": partial(_start_ours, data),
        "bare": partial(_start_bare, bare),
    }
    with ExitStack() as stack:
        missing = None
        try:
            host = stack.enter_context(firestore_emulator())
        except CannotStart as error:
            missing = f"Firestore's emulator was not measured. {error}"
        else:
            os.environ["FIRESTORE_EMULATOR_HOST"] = host
            fill(FirestoreCatalog(firestore_client(_PROJECT)), _IMAGES)
            starts["firestore"] = partial(
                _start_ours, data, BACKEND="gcp", FIRESTORE_EMULATOR_HOST=host, GOOGLE_CLOUD_PROJECT=_PROJECT
            )
        rounds = [{name: start() for name, start in starts.items()} for _ in range(1 + pairs)][1:]  # the first warms up
    timings = {name: [each[name] for each in rounds] for name in starts}
    lines = [_line(name, timings[name], timings["bare"]) for name in starts if name != "bare"]
    remarks = [*_heaviest(data), *([missing] if missing else [])]
    return Section("Cold start", _HOW.format(pairs=pairs, images=_IMAGES), lines, remarks)


def _line(backend: str, ours: list[float], bare: list[float]) -> Line:
    return at_most(
        f"start to first 200 of `random`, {backend}",
        f"{median(ours) * 1e3:.0f} ms",
        f"bare function: {median(bare) * 1e3:.0f} ms",
        ratio(ours, bare),
        MAX_RATIOS[backend],
    )


def _start_ours(data: Path, **settings: str) -> float:
    began = monotonic()
    with function("random_image", data, **settings) as server:
        return _until(server.get("/random").status, began)


def _start_bare(folder: Path) -> float:
    began = monotonic()
    with framework("hello", folder, {}) as server:
        return _until(server.get("/").status, began)


def _until(status: int, began: float) -> float:
    if status != _OK:
        raise CannotMeasure(
            f"A new instance answered with status {status}, not 200. Run the benchmark again, or read the log."
        )
    return monotonic() - began


def _heaviest(data: Path) -> list[str]:
    """A remark about the modules that the function imports in addition to the framework's, and their import times."""
    before = _imports(_FRAMEWORK, data)
    added = {name: each for name, each in _imports(_FRAMEWORK + _OURS, data).items() if name not in before}
    heaviest = sorted(added, key=lambda name: added[name], reverse=True)[:_HEAVIEST]
    named = ", ".join(f"`{name}` {added[name] / 1e3:.1f}" for name in heaviest)
    remark = (
        f"In addition to the framework's modules, the function imports {len(added)}, which take "
        f"{sum(added.values()) / 1e3:.0f} ms (with `python -X importtime`, which slows imports down). The slowest, in "
        f"ms, without the modules that they import: {named}."
    )
    return [remark]


def _imports(code: str, data: Path) -> dict[str, int]:
    """Each module that the code imports, with its own import time in microseconds."""
    command = [sys.executable, "-X", "importtime", "-c", code]
    settings = environment({"DATA_DIR": str(data)})
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMeasure(f"The imports could not be timed: {done.stderr.strip()[-300:]}")
    return {name: int(own) for own, _, name in _IMPORTED.findall(done.stderr)}
