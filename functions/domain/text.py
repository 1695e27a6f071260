"""Text from outside: its stored form, its length, and the characters that it cannot have.

Every way in uses this definition: uploads, changes, tickets, drops, query strings and EXIF.
"""

import re
from collections.abc import Mapping
from typing import Final
from unicodedata import normalize

_CONTROL: Final = "\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff"
"""Control characters, other line ends, embeddings and overrides of the writing direction, and lone surrogates."""
_FORBIDDEN: Final = re.compile(f"[{_CONTROL}\t\r\n]")
_FORBIDDEN_IN_LINES: Final = re.compile(f"[{_CONTROL}]")
_SPACE: Final = r"[^\S\x0b\x0c\x1c-\x1f\x85\u2028\u2029]"
_OUTER_SPACE: Final = re.compile(rf"\A{_SPACE}++|(?<!{_SPACE}){_SPACE}++\Z")
_ISOLATE: Final = re.compile("[\u2066-\u2069]")
_END_OF_ISOLATE: Final = "\u2069"
_LARGEST_RATIO: Final = 3
"""A text has at most three times the bytes of its form NFC."""


def byte_length(text: str) -> int:
    """The length in bytes as UTF-8; a lone surrogate counts as three."""
    return len(text.encode("utf-8", "surrogatepass"))


def is_longer(text: str, max_bytes: int) -> bool:
    """Whether the text has more than `max_bytes` bytes; immediately if it even has more characters."""
    return len(text) > max_bytes or byte_length(text) > max_bytes


def nested_length(value: object, at_most: int) -> int:
    """A number that is at most the length of the value as JSON, in time that is linear in `at_most`.

    A string counts its characters, an integer its hexadecimal digits, and everything counts one more. Counting stops
    when the number is greater than `at_most`.
    """
    length = 0
    rest = [value]
    while rest and length <= at_most:
        each = rest.pop()
        length += 1
        if isinstance(each, str):
            length += len(each)
        elif isinstance(each, int):
            length += each.bit_length() // 4
        elif isinstance(each, Mapping | list) and len(each) > at_most:
            length += len(each)
        elif isinstance(each, Mapping):
            rest += (*each.keys(), *each.values())
        elif isinstance(each, list):
            rest += each
    return length


def trimmed(text: str) -> str:
    """The text without white space at its ends. `str.strip` would also take control characters away."""
    return _OUTER_SPACE.sub("", text)


def composed(text: str, max_bytes: int) -> str:
    """The text in Unicode's form NFC, with composed accents. File names of macOS use another form of the same text.

    A text that has more than `max_bytes` bytes in every form is returned unchanged, since the time to normalize it
    grows with the square of its length.
    """
    return text if is_longer(text, _LARGEST_RATIO * max_bytes) else normalize("NFC", text)


def has_control_characters(text: str, *, multiline: bool = False) -> bool:
    """Whether the text has a character that no text can have, or an isolate (U+2066 to U+2069) without its end.

    Tabs and line ends are such characters unless the text is `multiline`. Joiners, direction marks and soft hyphens
    (U+200C to U+200F, U+00AD) are not: Persian, Hebrew and emoji need them.
    """
    forbidden = _FORBIDDEN_IN_LINES if multiline else _FORBIDDEN
    return forbidden.search(text) is not None or not all(map(_isolates_end, re.split(r"[\r\n]", text)))


def without_control_characters(text: str, replacement: str = "", *, multiline: bool = False) -> str:
    """The text without such characters; each run of them becomes the replacement.

    It becomes a single line, unless it is `multiline`: then tabs and line ends stay.
    """
    forbidden = _FORBIDDEN_IN_LINES if multiline else _FORBIDDEN
    clean = re.sub(f"{forbidden.pattern}+", replacement, text)
    return clean if all(map(_isolates_end, re.split(r"[\r\n]", clean))) else _ISOLATE.sub("", clean)


def _isolates_end(line: str) -> bool:
    """Whether each isolate of the line ends in it, and no end is without a beginning."""
    depth = 0
    for each in _ISOLATE.findall(line):
        depth += -1 if each == _END_OF_ISOLATE else 1
        if depth < 0:
            return False
    return depth == 0
