"""The text form of a list of API keys: `NAME:ROLE:SHA256`, on lines or separated by commas. `#` begins a comment."""

import re
from typing import NamedTuple

from functions.domain.callers import ApiKey, Caller, Role

_BOM = b"\xef\xbb\xbf"
_SHA256 = re.compile("[0-9a-fA-F]{64}")


class KeyList(NamedTuple):
    """What a list contains. Lines are numbered from 1.

    Attributes:
        keys: the valid keys. If several entries have the same SHA-256, only the first one is in here.
        malformed: the lines with an entry that is not `NAME:ROLE:SHA256`.
        repeated: the lines with a SHA-256 that an earlier entry has.
    """

    keys: tuple[ApiKey, ...]
    malformed: tuple[int, ...]
    repeated: tuple[int, ...]


def parse_key_list(data: bytes) -> KeyList:
    """Read a list of keys, in UTF-8. A malformed entry disables only itself."""
    keys: dict[str, ApiKey] = {}
    malformed: set[int] = set()
    repeated: set[int] = set()
    for number, line in enumerate(data.removeprefix(_BOM).splitlines(), 1):
        for entry in filter(bytes.strip, line.partition(b"#")[0].split(b",")):
            key = _api_key(entry)
            if key is None:
                malformed.add(number)
            elif keys.setdefault(key.sha256, key) is not key:
                repeated.add(number)
    return KeyList(tuple(keys.values()), tuple(sorted(malformed)), tuple(sorted(repeated)))


def _api_key(entry: bytes) -> ApiKey | None:
    try:
        name, role, sha256 = entry.decode().strip().split(":")
    except ValueError:  # too few or too many parts, or not UTF-8
        return None
    if not name or role not in set(Role) or not _SHA256.fullmatch(sha256):
        return None
    return ApiKey(Caller(name, Role(role)), sha256.lower())
