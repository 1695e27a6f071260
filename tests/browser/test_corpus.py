"""Every image that is installed on this machine: what Chromium shows is accepted, and nothing fails unexpectedly."""

import hashlib
import sysconfig
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from functions.domain.errors import ImageRefused
from functions.domain.limits import HTTP_LIMITS
from functions.imaging.examine import examine
from functions.imaging.renditions import render

pytestmark = pytest.mark.slow

FOLDERS: Final = (Path(sysconfig.get_path("purelib")), Path("/usr/share"), Path("/usr/lib"))
EXTENSIONS: Final = frozenset((".jpg", ".jpeg", ".png", ".apng", ".gif", ".webp", ".avif", ".heic"))
SHOWN: Final = """async (url) => {
    const image = new Image();
    image.src = url;
    return image.decode().then(() => image.naturalWidth > 0, () => false);
}"""


def pictures() -> Iterator[tuple[Path, bytes]]:
    """Each file with different bytes once."""
    seen: set[bytes] = set()
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in EXTENSIONS and path.is_file() and not path.is_symlink():
                data = b""
                with suppress(OSError):  # removed or not readable
                    data = path.read_bytes()
                digest = hashlib.sha256(data).digest()
                if data and digest not in seen:
                    seen.add(digest)
                    yield path, data


def is_accepted(data: bytes) -> bool:
    """Whether the file passes, thumbnail included. Any other error than a refusal fails the test."""
    try:
        facts = examine(data, HTTP_LIMITS, sha256="")
    except ImageRefused:
        return False
    render(data, facts.format, [(min(16, facts.width), min(16, facts.height))])
    return True


def is_shown(page: Page, data: bytes) -> bool:
    """Whether Chromium decodes it. It detects the format from the bytes."""
    return bool(page.evaluate(SHOWN, f"data:image/png;base64,{b64encode(data).decode()}"))


def test_what_chromium_shows_is_accepted(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    page = browser.new_page()
    refused = []
    count = 0
    for path, data in pictures():
        count += 1
        if not is_accepted(data) and is_shown(page, data):
            refused.append(str(path))
    page.close()
    assert count > 100, "the installed packages have hundreds of images"
    assert refused == []
    assert "Unforeseen" not in caplog.text
