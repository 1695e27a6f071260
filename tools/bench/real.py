"""Row: the renditions of real photos, compared with sharp."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from tools.bench.measure import Bench, module, on_cpus
from tools.bench.real_photos import PHOTOS, Photo, obtained
from tools.bench.renditions import SHARP, WIDTHS, Side, by_width, compared, install_sharp, similarities
from tools.bench.report import Section
from tools.bench.similarity import luma

_ROUNDS: Final = 4
_REPETITIONS: Final = 2
_HOW: Final = (
    "The widths {widths} of each of {count} real photos of at least 9 megapixels. They are all that were found in "
    "Debian's packages of wallpapers, and fewer than the eight that were wanted: {sources}. "
    "Five of the files are progressive JPEGs, which take long to decode, and sharp decodes the file for each width. "
    "Cameras write baseline JPEGs. So each of the five is also measured as a baseline JPEG of the same coefficients "
    "(`jpegtran`). The rest is as in the row above."
)


def run(bench: Bench) -> Section:
    """Measure the row."""
    sources = "; ".join(_sources())
    section = Section(
        "Real photos", _HOW.format(widths=", ".join(map(str, WIDTHS)), count=len(PHOTOS), sources=sources)
    )
    if missing := install_sharp():
        section.remarks.append(f"Not measured: {missing}.")
        return section
    for photo, found in obtained(bench.folder):
        if isinstance(found, str):
            section.remarks.append(f"{photo.name} was skipped: {found}.")
            continue
        for name, file in _variants(photo, found, section):
            _measure(bench, name, file, section)
    return section


def _sources() -> Iterator[str]:
    for package in dict.fromkeys(each.package for each in PHOTOS):
        photos = ", ".join(f"`{each.path}` ({each.licence})" for each in PHOTOS if each.package == package)
        yield f"{package.name} {package.version} (SHA-256 `{package.sha256}`) has {photos}"


def _variants(photo: Photo, file: Path, section: Section) -> Iterator[tuple[str, Path]]:
    """The file, and if it is progressive, a baseline JPEG of the same coefficients."""
    if not photo.progressive:
        yield f"{photo.name}, baseline", file
        return
    yield f"{photo.name}, progressive", file
    if not shutil.which("jpegtran"):
        section.remarks.append(f"{photo.name} as a baseline JPEG was skipped: jpegtran is not installed.")
        return
    baseline = file.with_suffix(".baseline.jpg")
    subprocess.run(["jpegtran", "-copy", "all", "-optimize", "-outfile", baseline, file], check=True)
    yield f"{photo.name}, baseline", baseline


def _measure(bench: Bench, name: str, file: Path, section: Section) -> None:
    sides = {
        "ours": Side(module("render", "ours"), bench.folder / "ours"),
        "sharp": Side(SHARP, bench.folder / "sharp"),
    }
    with on_cpus(1):
        for _ in range(bench.rounds(_ROUNDS)):
            for side in sides.values():
                side.run(file, _REPETITIONS)
    whole = luma(file.read_bytes())
    similar = {each: similarities(whole, side) for each, side in sides.items()}
    section.lines += [replace(line, what=f"{name}: {line.what}") for line in compared("sharp", sides, similar)]
    section.remarks.append(f"{name} ({whole.shape[1]} x {whole.shape[0]}). {by_width('sharp', *similar.values())}")
