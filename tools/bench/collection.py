"""Catalogs with entries as long as those of real photos. The images themselves do not exist."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha512
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from functions.adapters.embedded.catalog import SqliteCatalog
from functions.domain.formats import JPEG
from functions.domain.ids import image_id
from functions.domain.model import Description, Facts, Image, Rendition, Renditions, RenditionState, rendition_sizes
from functions.domain.ports import Catalog
from functions.domain.wall_time import WallTime

TAG: Final = "holiday"
"""The tag of every second image."""

_FIRST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_SIZE: Final = (4000, 3000)
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory
_EXIF: Final = {
    "camera": {"make": "Example", "model": "Example X100"},
    "lens": "Example 23 mm F2",
    "exposure": {"time": "1/250", "f_number": 5.6, "iso": 200, "focal_length": 23.0},
}


def seed(folder: Path, count: int) -> None:
    """Create a catalog with `count` images in a data folder."""
    folder.mkdir(parents=True)
    with _fast_folder(folder) as place:
        catalog = SqliteCatalog(place / "catalog.db")
        fill(catalog, count)
        catalog.close()
        for file in place.iterdir():
            shutil.copy(file, folder)


def fill(catalog: Catalog, count: int) -> None:
    """Add `count` entries to a catalog."""
    for number in range(count):
        catalog.create(_entry(number))


@contextmanager
def _fast_folder(otherwise: Path) -> Iterator[Path]:
    """A folder in memory, if possible: each entry is a commit, and 100,000 commits on a disk take minutes."""
    where = _MEMORY if os.access(_MEMORY, os.W_OK) else otherwise.parent
    with TemporaryDirectory(dir=where) as folder:
        yield Path(folder)


def _entry(number: int) -> Image:
    pixels = sha512(b"pixels %d" % number)
    tags = (TAG, "sea", "summer") if number % 2 else ("city", "winter")
    facts = Facts(
        format=JPEG,
        bytes=3_000_000 + number,
        sha256=sha256(b"file %d" % number).hexdigest(),
        fingerprint=pixels.hexdigest(),
        width=_SIZE[0],
        height=_SIZE[1],
        taken_at=WallTime.of(_FIRST + timedelta(minutes=number)),
        exif=_EXIF,
    )
    return Image(
        id=image_id(pixels.digest()),
        facts=facts,
        description=Description(
            filename=f"IMG_{number:06}.JPG",
            caption=f"The {number}th photo of the journey",
            tags=tags,
            album=f"{number % 50}",
        ),
        uploader="bench",
        uploaded_at=_FIRST + timedelta(days=1, minutes=number),
        upload_id=f"{number:024x}",
        generation=number + 1,
        placeholder="data:image/webp;base64," + "A" * 160,
        renditions=_ready(),
    )


def _ready() -> Renditions:
    sizes = rendition_sizes(*_SIZE)
    items = tuple(Rendition(str(width), width, height, bytes=width * height // 10) for width, height in sizes)
    return Renditions(RenditionState.READY, items)
