"""The captions and keywords of a photo, from XMP, IPTC and EXIF. Damaged metadata count as absent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from image_repo.sync.texts.exif import read_exif_text
from image_repo.sync.texts.iptc import decode_text, read_iptc_text
from image_repo.sync.texts.metadata import read_metadata
from image_repo.sync.texts.xmp import read_xmp_text

_CAMERA_TEXT: Final = re.compile(
    r"(OLYMPUS|MINOLTA|KONICA|SAMSUNG|KODAK|JENOPTIK|DCIM|SONY DSC|DCF 1\.0|DIGITAL|STILL|CAMERA|\W)+",
    re.IGNORECASE,
)
"""Descriptions that cameras write into every photo. In EXIF there is also the word "default"."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a photo as they were written: from each place that has one, the best place first."""

    captions: tuple[str, ...] = ()
    keywords: tuple[tuple[str, ...], ...] = ()


def read_texts(file: BinaryIO, sidecar: bytes = b"") -> Texts:
    """The texts of an open file, and of the XMP file beside it.

    Raises:
        OSError: reading fails.
    """
    metadata = read_metadata(file)
    beside, xmp = read_xmp_text(sidecar), read_xmp_text(metadata.xmp)
    iptc, exif = read_iptc_text(metadata.photoshop), read_exif_text(metadata.exif)
    description = decode_text(exif.description)
    by_camera = description.strip().lower() == "default"
    captions = (beside.caption, xmp.caption, iptc.caption, "" if by_camera else description, exif.comment)
    return Texts(tuple(_written(captions)), tuple(filter(None, (beside.keywords, xmp.keywords, iptc.keywords))))


def _written(captions: tuple[str, ...]) -> Iterator[str]:
    """The captions that a person wrote."""
    for each in captions:
        if each.strip() and not _CAMERA_TEXT.fullmatch(each.strip()):
            yield each
