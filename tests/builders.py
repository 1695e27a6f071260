"""Catalog entries for tests of all suites."""

from dataclasses import fields
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256, sha512
from typing import Any

from functions.domain.formats import JPEG
from functions.domain.ids import image_id
from functions.domain.model import Description, Facts, Image
from functions.domain.wall_time import WallTime

NOON = datetime(2024, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)

NOON_ON_CAMERA = WallTime(datetime.combine(NOON, time(12)), timedelta(hours=2))
"""What a camera in Central Europe shows two hours before `NOON`."""

_FACTS = {each.name for each in fields(Facts)} - {"taken_at"}
_DESCRIPTION = {each.name for each in fields(Description)}


def entry(number: int = 1, /, **overrides: Any) -> Image:
    """A catalog entry. Each `number` gives a different one, which was uploaded that many seconds after `NOON`.

    Any attribute of `Image`, `Facts` or `Description` can be overridden by its name. `taken_at` is the time from the
    uploader, `exif_taken_at` the time from the camera.
    """
    pixels = sha512(b"pixels %d" % number)
    facts: dict[str, Any] = {
        "format": JPEG,
        "bytes": 1_000_000 + number,
        "sha256": sha256(b"file %d" % number).hexdigest(),
        "fingerprint": pixels.hexdigest(),
        "width": 1600,
        "height": 1200,
    }
    image: dict[str, Any] = {
        "id": image_id(pixels.digest()),
        "uploader": "ada",
        "uploaded_at": NOON + timedelta(seconds=number),
        "upload_id": f"upload-{number}",
        "generation": 1000 + number,
    }
    description: dict[str, Any] = {}
    for name, value in overrides.items():
        if name == "exif_taken_at":
            facts["taken_at"] = value
        elif name in _FACTS:
            facts[name] = value
        elif name in _DESCRIPTION:
            description[name] = value
        else:
            image[name] = value
    return Image(facts=Facts(**facts), description=Description(**description), **image)
