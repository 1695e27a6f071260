"""Saving images as files: always complete, and never over a file that was not named."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from image_repo.cli.file_names import safe_name, with_suffix_of
from image_repo.client import Client
from image_repo.errors import ImageRepoError


def save(client: Client, image_id: str, target: Path | None) -> Path:
    """Save an image as `target`, in the folder `target`, or in the current folder under its own name; its path.

    Raises:
        ImageRepoError: a file with its own name exists, or nothing can be written there.
    """
    image = client.details(image_id)
    folder = target if target is not None and target.is_dir() else None
    named = None if folder else target
    path = named or (folder or Path()) / safe_name(image.filename, image.id)
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
            part = Path(file.name)
            try:
                content_type = client.transport.retry(lambda _: _download_again(client, image_id, file))
            except BaseException:
                file.close()  # Windows does not delete an open file
                part.unlink()
                raise
        return _publish(part, named, with_suffix_of(path, content_type))
    except OSError as error:
        raise ImageRepoError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error


def _download_again(client: Client, image_id: str, file: IO[bytes]) -> str:
    """Download from the beginning, over what a failed attempt has written."""
    file.seek(0)
    file.truncate()
    return client.download(image_id, file)


def _publish(part: Path, named: Path | None, own: Path) -> Path:
    """Move the complete file to its place, with the permissions of a new file."""
    try:
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)
        if named is None:
            _move_to_new(part, own)
        else:
            part.replace(named)
    finally:
        part.unlink(missing_ok=True)
    return named or own


def _move_to_new(part: Path, path: Path) -> None:
    """Move a file to a path that must not exist. An empty file reserves it: to check first would be a race."""
    try:
        path.open("xb").close()
    except FileExistsError:
        raise ImageRepoError(f"{str(path)!r} already exists. Choose another file with --output.") from None
    try:
        part.replace(path)
    except OSError:
        path.unlink(missing_ok=True)
        raise
