"""What `/upload/tickets` and `/upload/check` are asked for."""

import re
from collections.abc import Mapping
from typing import Final

from functions.domain.errors import InvalidField
from functions.domain.fields import description
from functions.services.tickets import Wanted

MOST_ASKED: Final = 500
"""Hashes in one check."""

_HASH = re.compile(r"[0-9a-fA-F]{64}")


def parse_wanted(body: Mapping[str, object]) -> Wanted:
    """The upload that a ticket is asked for.

    Raises:
        InvalidField, InvalidFilename: something is missing, or makes no sense.
    """
    fields = dict(body)
    content_type, size = fields.pop("content_type", None), fields.pop("bytes", None)
    if not isinstance(content_type, str):
        raise InvalidField('`content_type` must be one such as "image/jpeg".', field="content_type")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise InvalidField("`bytes` must be the exact size of the file, as a number.", field="bytes")
    return Wanted(content_type.lower(), size, description(fields))


def parse_hashes(body: Mapping[str, object]) -> list[str]:
    """The files that somebody wants to know of, by their SHA-256 (lower-case hexadecimal), each once.

    Raises:
        InvalidField: these are too many, or no hashes.
    """
    values = body.get("sha256")
    if not isinstance(values, list) or not all(isinstance(each, str) and _HASH.fullmatch(each) for each in values):
        raise InvalidField("`sha256` must be a list of hashes, each of 64 hexadecimal digits.", field="sha256")
    if len(values) > MOST_ASKED:
        raise InvalidField(f"`sha256` may hold at most {MOST_ASKED} hashes; these are {len(values)}.", field="sha256")
    return list(dict.fromkeys(each.lower() for each in values))
