"""Copy the readers of captions and keywords from the client to the service: `python -m tools.texts`.

Both are packages of their own that share no code, and both must find the same words in a file.
"""

from pathlib import Path
from typing import Final

from tools.lint import ROOT

SOURCE: Final = ROOT / "client/image_repo/sync/texts"
COPY: Final = ROOT / "functions/imaging/texts"


def copies() -> dict[Path, str]:
    """The content of each file of the copy."""
    return {COPY / each.name: _of_service(each.read_text("utf-8")) for each in sorted(SOURCE.glob("*.py"))}


def _of_service(source: str) -> str:
    return source.replace("image_repo.sync.texts", "functions.imaging.texts")


def main() -> None:
    """Write the copy."""
    COPY.mkdir(exist_ok=True)
    for path, content in copies().items():
        path.write_text(content, "utf-8")


if __name__ == "__main__":
    main()
