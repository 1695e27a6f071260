"""Row: the set of renditions, compared with sharp and with the naive way."""

import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Final

from tools.bench.measure import KIB_PER_MIB, ROOT, Bench, child, environment, module, on_cpus, ratio
from tools.bench.photos import jpeg, photo
from tools.bench.report import Line, Section, at_most
from tools.bench.similarity import Luma, luma, reference, ssim

WIDTHS: Final = (160, 320, 640, 1280)
MAX_CPU: Final = 0.50
MAX_LOSS: Final = 0.003
MAX_BYTES: Final = 1.05
MAX_MEMORY: Final = 0.50

_ROUNDS: Final = 8
_REPETITIONS: Final = 4
_PACKAGE: Final = ROOT / "tools" / "bench"
SHARP: Final = ["node", str(_PACKAGE / "sharp.mjs")]
"""The command of the side `sharp`."""
_HOW: Final = (
    "The widths {widths} of one {what} ({size}), on one CPU. CPU time is user and system time of a process that makes "
    "the set {repetitions} times, after a first time that is not counted. Memory is the peak resident set of that "
    "process with its runtime. SSIM (Wang et al. 2004, on luma) compares with a Lanczos reduction of all pixels in "
    "floating point; its column `ratio` is a difference. *Naive* is Pillow as in tutorials: open, "
    "`exif_transpose`, `thumbnail` and save for each width. The targets are relative to sharp."
)


@dataclass(slots=True)
class Side:
    """One side of the comparison: the time and memory of each round, and the resulting files."""

    command: list[str]
    folder: Path
    cpu: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)
    version: str = ""

    def run(self, source: Path, repetitions: int) -> None:
        self.folder.mkdir(exist_ok=True)
        found = child([*self.command, str(source), str(self.folder), str(repetitions), *map(str, WIDTHS)])
        self.cpu.append(found["cpu"])
        self.peak_mib.append(found["peak_kib"] / KIB_PER_MIB)
        self.version = found.get("version", "")

    @property
    def files(self) -> list[bytes]:
        return [(self.folder / f"{width}.webp").read_bytes() for width in WIDTHS]

    @property
    def bytes(self) -> int:
        return sum(map(len, self.files))


def run(bench: Bench) -> Section:
    """Measure the row."""
    source = bench.photo or bench.folder / "photo.jpg"
    if bench.photo is None:
        source.write_bytes(jpeg(photo(4000, 3000)))
    sides = {
        "ours": Side(module("render", "ours"), bench.folder / "ours"),
        "naive": Side(module("render", "naive"), bench.folder / "naive"),
    }
    missing = install_sharp()
    if missing is None:
        sides["sharp"] = Side(SHARP, bench.folder / "sharp")
    with on_cpus(1):
        for _ in range(bench.rounds(_ROUNDS)):
            for side in sides.values():
                side.run(source, _REPETITIONS)
    return _section(source, sides, missing)


def install_sharp() -> str | None:
    """Install the locked version of sharp next to this file. Returns the reason if that fails, else None."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "Node.js and npm are not installed"
    command = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=_PACKAGE, env=environment(), capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"`npm ci` failed: {(done.stderr or done.stdout).strip()[-300:]}"


def _section(source: Path, sides: dict[str, Side], missing: str | None) -> Section:
    whole = luma(source.read_bytes())
    height, width = whole.shape
    section = Section(
        "Renditions",
        _HOW.format(
            widths=", ".join(map(str, WIDTHS)),
            what=f"JPEG of {width} x {height}",
            size=f"{source.stat().st_size / 1e6:.1f} MB",
            repetitions=_REPETITIONS,
        ),
    )
    similar = {name: similarities(whole, side) for name, side in sides.items()}
    for name in ("sharp", "naive"):
        if name in sides:
            section.lines += compared(name, sides, similar)
            section.remarks.append(by_width(name, similar["ours"], similar[name]))
    if missing:
        section.remarks.append(f"Not compared with sharp: {missing}.")
    return section


def similarities(whole: Luma, side: Side) -> list[float]:
    """The SSIM of each width of one side to the ideal rendition of the whole picture."""
    pictures = [luma(file) for file in side.files]
    return [ssim(each, reference(whole, (each.shape[1], each.shape[0]))) for each in pictures]


def compared(name: str, sides: dict[str, Side], similar: dict[str, list[float]]) -> list[Line]:
    """The lines that compare our side with the side of that name. Those with sharp have targets."""
    ours, other = sides["ours"], sides[name]
    label = f"{name} {other.version}".strip()
    judged = name == "sharp"
    cpu, memory = ratio(ours.cpu, other.cpu), ratio(ours.peak_mib, other.peak_mib)
    milliseconds = (f"{median(ours.cpu) * 1e3:.0f} ms", f"{label}: {median(other.cpu) * 1e3:.0f} ms")
    mebibytes = (f"{median(ours.peak_mib):.0f} MiB", f"{label}: {median(other.peak_mib):.0f} MiB")
    files = (f"{ours.bytes:,}", f"{label}: {other.bytes:,}")
    return [
        at_most("CPU time of the set", *milliseconds, cpu, MAX_CPU if judged else None),
        at_most("peak memory", *mebibytes, memory, MAX_MEMORY if judged else None),
        at_most("bytes of the set", *files, ours.bytes / other.bytes, MAX_BYTES if judged else None),
        _similarity(label, similar["ours"], similar[name], judged=judged),
    ]


def _similarity(label: str, ours: list[float], others: list[float], *, judged: bool) -> Line:
    """The width with the greatest loss."""
    worst, width, mine, theirs = min(
        (mine - theirs, width, mine, theirs) for mine, theirs, width in zip(ours, others, WIDTHS, strict=True)
    )
    line = Line(f"SSIM, worst width ({width})", f"{mine:.4f}", f"{label}: {theirs:.4f}", f"{worst:+.4f}")
    return replace(line, target=f"≥ -{MAX_LOSS}", met=worst >= -MAX_LOSS) if judged else line


def by_width(name: str, ours: list[float], others: list[float]) -> str:
    """A remark: the difference of each width."""
    parts = [f"{width}: {mine - theirs:+.4f}" for width, mine, theirs in zip(WIDTHS, ours, others, strict=True)]
    return f"SSIM by width, ours minus {name}'s: {', '.join(parts)}."
