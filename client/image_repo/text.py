"""Text that can be sent, and text that can be printed."""

import re
from pathlib import Path
from typing import Final

from image_repo.limits import MAX_FILENAME

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""Python represents bytes that are not valid text as surrogates, which no encoding accepts."""
_NOT_IN_A_LINE: Final = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
_MAX_SUFFIX: Final = 32
"""Bytes (UTF-8) of what counts as a file name's extension."""


def encodable(text: str) -> str:
    """The text with replacement characters instead of bytes that are not valid UTF-8."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def single_line(text: str) -> str:
    """The text with replacement characters also instead of line breaks and control characters."""
    return _NOT_IN_A_LINE.sub("\N{REPLACEMENT CHARACTER}", encodable(text))


def printable(text: str) -> str:
    """The text with replacement characters instead of everything that could control a terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def upload_name(path: Path) -> str:
    """The name of a file in a form that the service accepts. A long name loses its end, but keeps its extension."""
    name, suffix = single_line(path.name), single_line(path.suffix)
    if len(name.encode()) <= MAX_FILENAME:
        return name
    kept = suffix if len(suffix.encode()) <= _MAX_SUFFIX else ""
    return truncate(name, MAX_FILENAME - len(kept.encode())) + kept


def truncate(text: str, limit: int) -> str:
    """The text, cut between two characters to at most `limit` bytes (UTF-8)."""
    return text.encode()[:limit].decode("utf-8", "ignore")
