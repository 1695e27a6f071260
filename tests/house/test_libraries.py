"""The native libraries: those that decode uploads are recent enough, and the licence of each is documented."""

import re
import tomllib
import zlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import _avif, features

from tests.processes import ROOT

TABLE = "tests/house/libraries.toml"
LIBRARIES: dict[str, dict[str, Any]] = tomllib.loads((ROOT / TABLE).read_text())
PAGE = (ROOT / "docs/licences.md").read_text()
PERMISSIVE = re.compile(r"Apache|BSD|MIT|PSF|ZPL|Zope Public")

LOADED: dict[str, Callable[[], str | None]] = {
    "Pillow": lambda: features.version("pil"),
    "pillow-heif": lambda: version("pillow-heif"),
    "libheif": lambda: pillow_heif.libheif_info()["libheif"],
    "libde265": lambda: pillow_heif.libheif_info()["decoders"].get("libde265"),
    "libjpeg-turbo": lambda: features.version("libjpeg_turbo"),
    "libwebp": lambda: features.version("webp"),
    "libavif": lambda: features.version("avif"),
    "dav1d": _avif.codec_versions,
    "Little CMS": lambda: features.version("littlecms2"),
    "zlib": lambda: min(features.version("zlib"), zlib.ZLIB_RUNTIME_VERSION, key=numbers),
}
"""For each library, a function that returns a text with its version, from the library itself."""


def stated(text: str | None) -> str:
    """The first version number in the text; empty if there is none."""
    found = re.search(r"\d+(?:\.\d+)+", text or "")
    return found[0] if found else ""


def numbers(text: str | None) -> tuple[int, ...]:
    """The version as numbers, which can be compared."""
    return tuple(int(each) for each in stated(text).split(".") if each)


def complaint(name: str, found: str | None) -> str | None:
    """What is wrong with that version of a library and what to do; None if it may be used."""
    minimum, reason = LIBRARIES[name]["minimum"], LIBRARIES[name]["reason"]
    if numbers(found) >= numbers(minimum):
        return None
    version = f"is version {stated(found)}" if stated(found) else "states no version"
    return f"{name} {version}; the minimum is {minimum}. {reason} Install a newer version, or correct {TABLE}."


@pytest.mark.parametrize("name", [name for name, each in LIBRARIES.items() if "minimum" in each])
def test_a_library_that_decodes_uploads_is_recent_enough(name: str) -> None:
    problem = complaint(name, LOADED[name]())
    assert problem is None, problem


def test_every_library_that_decodes_uploads_has_a_minimum_version_with_a_reason() -> None:
    for name, each in LIBRARIES.items():
        assert each.keys() >= {"minimum", "reason"} or "unused" in each, name
    assert LOADED.keys() == {name for name, each in LIBRARIES.items() if "minimum" in each}


@pytest.mark.parametrize(
    ("name", "found", "sentence"),
    [
        ("libheif", "1.23.0", "libheif is version 1.23.0; the minimum is 1.23.6. 1.23.2 fixed a heap overflow"),
        (
            "libde265",
            "libde265 HEVC decoder, version 1.0.16",
            "libde265 is version 1.0.16; the minimum is 1.1.3. 1.1.1 fixed",
        ),
        (
            "dav1d",
            "dav1d [dec]:1.5.2-0-gb546257, aom [enc]:3.14.1",
            "dav1d is version 1.5.2; the minimum is 1.5.3. 1.4.0 fixed",
        ),
        ("Little CMS", "2.9", "Little CMS is version 2.9; the minimum is 2.19. 2.19 fixed"),
        ("libjpeg-turbo", None, "libjpeg-turbo states no version; the minimum is 3.2.0."),
    ],
)
def test_the_message_about_an_old_version_has_the_minimum_and_the_reason(
    name: str, found: str | None, sentence: str
) -> None:
    assert sentence in (complaint(name, found) or "")


def test_a_newer_version_is_accepted() -> None:
    assert complaint("libheif", "1.24.0") is None
    assert complaint("zlib", "1.3.1.zlib-ng") is None


def bundled() -> set[str]:
    """Names of the shared libraries in both wheels: `libheif` of `pillow_heif.libs/libheif-e72ea93c.so.1.23.6`."""
    files = [str(file) for wheel in ("pillow", "pillow-heif") for file in distribution(wheel).files or ()]
    return {Path(file).name.rsplit("-", 1)[0] for file in files if re.match(r"pillow(_heif)?\.libs/", file)}


def test_every_bundled_library_is_in_the_table() -> None:
    found = bundled()
    assert found
    assert found == {file for each in LIBRARIES.values() for file in each.get("files", ())}


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_licence_of_every_library_is_documented(name: str) -> None:
    each = LIBRARIES[name]
    assert f"\n| {name} | {each['wheel']} | {each['licence']} |" in PAGE


def test_all_other_packages_are_under_permissive_licences() -> None:
    pinned = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    licences = {name: licence(name) for name in pinned}
    assert "BSD" in licences["flask"]
    assert {name for name, text in licences.items() if text and not PERMISSIVE.search(text)} == {"certifi"}
    assert not [name for name, text in licences.items() if "GPL" in text]


def licence(package: str) -> str:
    """The licence in the metadata of an installed package; empty if this platform does not need the package."""
    try:
        metadata = distribution(package).metadata
    except PackageNotFoundError:
        return ""
    classifiers = [each for each in metadata.get_all("Classifier", []) if each.startswith("License")]
    return " ".join([*metadata.get_all("License-Expression", []), *metadata.get_all("License", []), *classifiers])
