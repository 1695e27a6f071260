"""Reading local files."""

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from image_repo.errors import FileReadError
from image_repo.signatures import SIGNATURE_LENGTH, content_type

_BLOCK: Final = 1 << 20
"""The number of bytes that are read and hashed at a time."""


def open_file(path: Path) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        FileReadError: the file does not exist, is not readable, or is not a regular file.
    """
    try:
        return open(path, "rb", opener=_open_regular)
    except OSError as error:
        raise FileReadError.from_os_error(error) from error


def real_path(path: Path) -> Path:
    """The path of the file that a link leads to; the path itself if it is not a link."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def read_content_type(file: BinaryIO) -> str | None:
    """The media type according to the next bytes; None if they are not from an image that the service accepts.

    Raises:
        FileReadError: reading fails.
    """
    try:
        return content_type(file.read(SIGNATURE_LENGTH))
    except OSError as error:
        raise FileReadError.from_os_error(error) from error


def sha256_of(path: Path, check: Callable[[], None] = lambda: None) -> str:
    """The SHA-256 of a file, in hexadecimal. `check` is called after each block, and may raise to stop.

    Raises:
        FileReadError: the file cannot be read.
    """
    digest = hashlib.sha256()
    with open_file(path) as file:
        try:
            while block := file.read(_BLOCK):
                digest.update(block)
                check()
        except OSError as error:
            raise FileReadError.from_os_error(error) from error
    return digest.hexdigest()


def _open_regular(path: str, flags: int) -> int:
    """Open without blocking: to open a pipe would wait until a program writes to it, perhaps forever."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # Windows does not have this flag
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise FileReadError("This is a pipe, a device or a folder. Save its content to a regular file first.")
