"""Child process: make the renditions of one JPEG several times, and print the time and the memory that it needs.

    python -m tools.bench.render ours|naive PHOTO FOLDER REPETITIONS WIDTH …

The first pass writes its files to FOLDER and is not counted.
"""

import json
import resource
import sys
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

from tools.bench.measure import peak_kib

Files = dict[int, bytes]


def main(side: str, photo: str, folder: str, repetitions: str, *widths: str) -> None:
    """Print CPU seconds per repetition, and the process's peak memory in KiB."""
    data = Path(photo).read_bytes()
    render = _SIDES[side]
    for width, file in render(data, [int(each) for each in widths]).items():
        (Path(folder) / f"{width}.webp").write_bytes(file)
    began = _cpu()
    for _ in range(int(repetitions)):
        render(data, [int(each) for each in widths])
    print(json.dumps({"cpu": (_cpu() - began) / int(repetitions), "peak_kib": peak_kib()}))


def _ours(data: bytes, widths: Sequence[int]) -> Files:
    from functions.domain.formats import JPEG  # noqa: PLC0415 - imports count as memory of the side that needs them
    from functions.domain.limits import HTTP_LIMITS  # noqa: PLC0415
    from functions.domain.model import rendition_sizes  # noqa: PLC0415
    from functions.imaging import gate, renditions  # noqa: PLC0415

    size = gate.check(data, HTTP_LIMITS).displayed
    rendered = renditions.render(data, JPEG, rendition_sizes(*size, tuple(widths)))
    return {rendition.width: file for rendition, file in rendered.items}


def _naive(data: bytes, widths: Sequence[int]) -> Files:
    """The way of Pillow tutorials: decode, rotate by EXIF, and `thumbnail` for each width."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    image = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    files = {}
    for width in widths:
        small, file = image.copy(), BytesIO()
        small.thumbnail((width, image.height))
        small.save(file, "WEBP")
        files[width] = file.getvalue()
    return files


def _cpu() -> float:
    """Seconds of CPU that this process has used, in user and in kernel mode."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


_SIDES: dict[str, Callable[[bytes, Sequence[int]], Files]] = {"ours": _ours, "naive": _naive}

if __name__ == "__main__":
    main(*sys.argv[1:])
