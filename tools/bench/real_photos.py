"""Real photos under free licences, from packages of Debian 12. They are downloaded for a run, and are not kept."""

import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from tools.bench.measure import environment


class Package(NamedTuple):
    """A package of Debian, in one version."""

    name: str
    version: str
    sha256: str


class Photo(NamedTuple):
    """A photo in a package.

    Attributes:
        path: the file, relative to `/usr/share/backgrounds`.
        sha256: of the file.
        progressive: whether it is a progressive JPEG.
    """

    package: Package
    path: str
    licence: str
    sha256: str
    progressive: bool = True

    @property
    def name(self) -> str:
        """What it shows."""
        return self.path.partition("_")[0]


_LOMIRI_16: Final = Package(
    "lomiri-wallpapers-16.04", "20.04.0-2", "a99ff6a3bfe451e4cc0682ecb3cc82e71740626d59e4845ae34a0a0e45421eab"
)
_LOMIRI_20: Final = Package(
    "lomiri-wallpapers-20.04", "20.04.0-2", "d44e89b8473aafe64a5b678f014862dc31335aaaf18665c544d985d854f1a709"
)

PHOTOS: Final = (
    Photo(
        _LOMIRI_16,
        "Bridge_by_Sander_Klootwijk.jpg",
        "CC-BY-SA-4.0",
        "bd86b081f9975e2b83527f71e49b9271a8ab40885428395969d9f7d834d7f050",
    ),
    Photo(
        _LOMIRI_16,
        "Dragonfly_by_Bolly.jpg",
        "CC-BY-SA-4.0",
        "af5af17841009732def24b09bb1e669a1b09d2b4bdeee7812c371101c30d2bb3",
    ),
    Photo(
        _LOMIRI_16,
        "Wine_by_Jakkub_Mede.jpg",
        "CC-BY-4.0",
        "d2e96e6d4da40dd804b3d0ce295e94de04a2d7d9b6785d42cd9d92ba58bced74",
    ),
    Photo(
        _LOMIRI_16,
        "seeding_by_Clements_Engelhardt.jpg",
        "CC0-1.0",
        "a5634d1ab5e41a3568e92d4a894a500c92b891f9ff734e50bd224d6e185a605f",
    ),
    Photo(
        _LOMIRI_16,
        "sunset_by_Aitzol_Berasategi.jpg",
        "CC-BY-4.0",
        "474dab6a4b9f94dc76c29dfe30e9f5db4af0fd2e33fe5d695f8152b371efca18",
    ),
    Photo(
        _LOMIRI_20,
        "Kleiber_by_Lukas_Baubkus.jpg",
        "CC-BY-SA-3.0",
        "6572410c09f4492c74ccadde133565a14c0161617d5917d4c820c66d65a44ba7",
        progressive=False,
    ),
)
"""All photos of at least 9 megapixels (JPEG) that were found in Debian's packages of wallpapers."""


def obtained(folder: Path) -> Iterator[tuple[Photo, Path | str]]:
    """Each photo with its file below `folder`, or with the reason why it cannot be had."""
    failures = {package: _unpack(package, folder) for package in {each.package for each in PHOTOS}}
    for photo in PHOTOS:
        file = folder / photo.package.name / "usr" / "share" / "backgrounds" / photo.path
        if failure := failures[photo.package]:
            yield photo, failure
        elif not file.exists() or _digest(file) != photo.sha256:
            yield photo, f"{photo.package.name} does not contain the expected file"
        else:
            yield photo, file


def _unpack(package: Package, folder: Path) -> str | None:
    """Download the package, and unpack it into a folder of its name. Returns the reason if that fails, else None."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return "apt-get and dpkg-deb are not installed"
    download = ["apt-get", "download", "--quiet", f"{package.name}={package.version}"]
    done = subprocess.run(download, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    archive = next(folder.glob(f"{package.name}_*.deb"), None)
    if done.returncode or archive is None:
        return f"`apt-get download {package.name}` failed: {done.stderr.strip()[-200:]}"
    if _digest(archive) != package.sha256:
        return f"{package.name} has an unexpected SHA-256"
    subprocess.run(["dpkg-deb", "-x", archive, folder / package.name], check=True)
    return None


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
