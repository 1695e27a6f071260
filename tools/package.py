"""The source archives that are deployed: `python -m tools.package` writes one for each function into `build/`.

An archive contains only what its function can import, and its name depends on its content. So the same sources give the
same archives on every machine, and a change deploys only the functions that it affects.
"""

import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Final

from functions.routes import FUNCTIONS
from tools.modules import closure

ROOT: Final = Path(__file__).parent.parent
BUILD: Final = ROOT / "build"
VARIABLES: Final = "archives.tfvars.json"

_REQUIREMENTS: Final = Path("requirements.txt")
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The oldest time that the zip format supports."""
_UNIX: Final = 3
_READABLE: Final = 0o100644 << 16
"""The mode of a regular file that all users can read, in the zip format's field of attributes."""
_DIGITS: Final = 16


def build(root: Path = ROOT, folder: Path = BUILD) -> dict[str, Path]:
    """Write the archives, and the file of variables with their paths for Terraform. Old archives are deleted.

    Returns:
        The path of each function's archive, by the function's name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archives = {each.name: _write(folder, each.name, archive(root, each.entry_point)) for each in FUNCTIONS}
    for old in set(folder.glob("*.zip")) - set(archives.values()):
        old.unlink()
    paths = {name: str(path.resolve()) for name, path in archives.items()}
    (folder / VARIABLES).write_text(json.dumps({"archives": paths}, indent=2) + "\n")
    return archives


def contents(root: Path, entry_point: str) -> list[Path]:
    """The files of an entry point's archive, relative to `root`, in the archive's order."""
    return sorted({_REQUIREMENTS, *closure(root, entry_point)})


def archive(root: Path, entry_point: str) -> bytes:
    """The archive. It is not compressed, because two releases of zlib can give different bytes; it is still small."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for path in contents(root, entry_point):
            member = zipfile.ZipInfo(path.as_posix(), _LONG_AGO)
            member.create_system, member.external_attr = _UNIX, _READABLE
            file.writestr(member, (root / path).read_bytes())
    return buffer.getvalue()


def _write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / f"{name}-{hashlib.sha256(data).hexdigest()[:_DIGITS]}.zip"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(data)
        unfinished.replace(path)
    return path


def main() -> int:
    """Write the archives, and print their paths and sizes."""
    for path in build().values():
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
