"""ExifTool: an independent program that writes captions and keywords into files, as photographers do."""

import shutil
import subprocess
from pathlib import Path

import pytest


def exiftool(*arguments: str | Path) -> None:
    """Run ExifTool on files, which it changes in place."""
    program = shutil.which("exiftool")
    if program is None:
        pytest.skip("ExifTool is not installed: apt-get install libimage-exiftool-perl")
    subprocess.run(
        [program, "-charset", "UTF8", "-overwrite_original", *map(str, arguments)],
        check=True,
        capture_output=True,
        timeout=60,
    )


def in_xmp(caption: str, keywords: tuple[str, ...]) -> list[str]:
    """The arguments that write this caption and these keywords into XMP."""
    return [f"-XMP-dc:Description={caption}", *(f"-XMP-dc:Subject={each}" for each in keywords)]
