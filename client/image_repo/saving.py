"""Images into files of this machine: always whole, and never over a file that was not named."""

import os
from mimetypes import guess_extension
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from image_repo.client import Client, Json
from image_repo.errors import ImageRepoError
from image_repo.report import printable


def save(client: Client, image_id: str, target: Path | None) -> Path:
    """Save an image as `target`, or into that folder, or into this one under its own name; where it is in the end.

    Raises:
        ImageRepoError: there is a file of its own name, or nothing can be written there.
    """
    name = _safe_name(client.details(image_id))
    folder = target if target is not None and target.is_dir() else None
    named = None if folder else target
    path = named or (folder or Path()) / name
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
            part = Path(file.name)
            try:
                kind = client.link.persist(lambda _: _download_anew(client, image_id, file))
                file.close()
                path = named or _unused(_with_true_suffix(path, kind))
                _publish(part, path)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise ImageRepoError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error
    return path


def _download_anew(client: Client, image_id: str, file: IO[bytes]) -> str:
    """From the beginning, whatever an attempt that broke off has left."""
    file.seek(0)
    file.truncate()
    return client.download(image_id, file)


def _safe_name(image: Json) -> str:
    """A name for the file: its uploader's, or the id; never a path, and never hidden, whatever the service says."""
    return _last_part(image.get("filename")) or _last_part(image["id"]) or "image"


def _last_part(name: object) -> str:
    return printable(str(name or "")).replace("\\", "/").rpartition("/")[2].lstrip(".")


def _with_true_suffix(path: Path, kind: str) -> Path:
    """A name without an extension gets one; and the service shows some formats as WebP, which the name then says."""
    if kind == "image/webp" or not path.suffix:
        return path.with_suffix(guess_extension(kind) or path.suffix)
    return path


def _unused(path: Path) -> Path:
    if path.exists():
        raise ImageRepoError(f"There is a file {str(path)!r} already. Say where to save the image: -o FILE")
    return path


def _publish(part: Path, path: Path) -> None:
    """Put the file in its place, with the rights that any new file would have."""
    mask = os.umask(0)
    os.umask(mask)
    part.chmod(0o666 & ~mask)
    part.replace(path)
