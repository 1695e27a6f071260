"""The types of command-line arguments. Each message names the fault of the value, and what to type instead."""

import os
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Final

from image_repo.limits import MAX_ALBUM, MAX_RANDOM, MAX_TAG, MAX_TAGS
from image_repo.sync.scan import file_type
from image_repo.text import single_line

MAX_JOBS: Final = 64


def positive(typed: str) -> int:
    """A positive integer."""
    number = int(typed) if typed.isascii() and typed.isdigit() else 0
    if number < 1:
        raise ArgumentTypeError(f"must be a positive integer, not {typed!r}")
    return number


def random_count(typed: str) -> int:
    """How many images to draw at random."""
    number = positive(typed)
    if number > MAX_RANDOM:
        raise ArgumentTypeError(f"must be at most {MAX_RANDOM}, not {number}")
    return number


def jobs(typed: str) -> int:
    """A number of connections."""
    number = positive(typed)
    if number > MAX_JOBS:
        raise ArgumentTypeError(f"must be at most {MAX_JOBS}, not {number}")
    return number


def seconds(typed: str) -> float:
    """A duration."""
    try:
        number = float(typed)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ArgumentTypeError(f"must be a number of seconds, not {typed!r}")
    return number


def path(typed: str) -> Path:
    """A file or folder. An empty text is an error, because `Path` would make it the current folder."""
    if not typed:
        raise ArgumentTypeError("must not be empty; for the current folder, give .")
    return expand_home(typed)


def album(typed: str) -> str:
    """An album; may be empty."""
    name = single_line(typed)
    if (size := len(name.encode())) > MAX_ALBUM:
        raise ArgumentTypeError(f"must have at most {MAX_ALBUM} bytes, not {size}")
    return name


def tags(typed: str) -> tuple[str, ...]:
    """Tags with commas between them."""
    names = tuple(dict.fromkeys(filter(None, (each.strip() for each in single_line(typed).split(",")))))
    if len(names) > MAX_TAGS:
        raise ArgumentTypeError(f"must have at most {MAX_TAGS} tags, not {len(names)}")
    long = next((each for each in names if len(each.encode()) > MAX_TAG), None)
    if long is not None:
        raise ArgumentTypeError(f"must have tags of at most {MAX_TAG} bytes, unlike {long!r}")
    return names


def expand_home(typed: str) -> Path:
    """The path that was typed; a `~` that the shell did not expand, as in `DIR=~/photos`, is the user's home.

    A file of exactly this name comes first, because `image-repo upload *` may name a folder `~`. And `./~` is never the
    home, as it would be for `Path.expanduser`.
    """
    return found if file_type(found := Path(typed)) else Path(os.path.expanduser(typed))  # noqa: PTH111
