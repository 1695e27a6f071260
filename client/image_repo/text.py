"""Text that can be sent, and text that can be printed."""

import re
from pathlib import Path
from typing import Final

from image_repo.limits import MAX_FILENAME

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""Python represents bytes that are not valid text as surrogates, which no encoding accepts."""
_CONTROL: Final = "\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff"
"""Characters that the service refuses everywhere. Some of them control a terminal, or show text in another order."""
_NOT_IN_LINES: Final = re.compile(f"[{_CONTROL}]")
_NOT_IN_A_LINE: Final = re.compile(f"[{_CONTROL}\t\r\n]")
_ISOLATE: Final = re.compile("[\u2066-\u2069]")
_END_OF_ISOLATE: Final = "\u2069"
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_MAX_SUFFIX: Final = 32
"""Bytes (UTF-8) of what counts as a file name's extension."""


def encodable(text: str) -> str:
    """The text with replacement characters instead of bytes that are not valid UTF-8."""
    return _SURROGATE.sub(_REPLACEMENT, text)


def single_line(text: str) -> str:
    """The text with replacement characters instead of line ends and control characters: safe to print and to send.

    Joiners, direction marks and soft hyphens stay, since Persian, Hebrew and emoji need them.
    """
    clean = _NOT_IN_A_LINE.sub(_REPLACEMENT, text)
    return clean if _isolates_end(clean) else _ISOLATE.sub(_REPLACEMENT, clean)


def without_control_characters(text: str) -> str:
    """The text without control characters; tabs and line ends stay."""
    clean = _NOT_IN_LINES.sub("", text)
    return clean if all(map(_isolates_end, re.split(r"[\r\n]", clean))) else _ISOLATE.sub("", clean)


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


def _isolates_end(line: str) -> bool:
    """Whether each isolate (U+2066 to U+2068) of the line ends in it, and no end is without a beginning."""
    depth = 0
    for each in _ISOLATE.findall(line):
        depth += -1 if each == _END_OF_ISOLATE else 1
        if depth < 0:
            return False
    return depth == 0
