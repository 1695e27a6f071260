"""Parse a JSON body, in memory and time that are bounded whatever it contains.

`json.loads` alone takes a gigabyte for 32 MB of `{},{},{},…`. The long strings, which can only be images, are taken
out first; what remains must be small.
"""

import json
import re
from collections.abc import Iterator
from math import isinf
from secrets import randbelow
from typing import Any, Final

from flask import Request

from functions.domain.errors import BodyTooLarge, InvalidField, InvalidJson, InvalidRequest
from functions.domain.limits import MAX_JSON
from functions.web.body import read_body

_REST_OF_STRING: Final = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+("?)', re.DOTALL)
"""A string after its first quote, possibly without its end. Each repetition is possessive, so that no input is scanned
twice."""
_STEP: Final = 1_048_576
"""Bytes that are scanned at a time. Other threads run only between two steps: 32 MB of escapes take 0.2 s."""
_COLON: Final = re.compile(rb"[ \t\r\n]*+:")
_LONG: Final = 1_024
"""Bytes from which a string is taken out."""
_LONGEST_TEXT: Final = 64 * 1024
"""Bytes. Fields have smaller bounds."""
_MAX_STRINGS: Final = 20_000
_SHOWN: Final = 40
"""Characters of a number in a message."""


def parse_object(request: Request) -> dict[str, object]:
    """The JSON object in the body of a request without images.

    Raises:
        InvalidJson, InvalidRequest: the body is not a JSON object.
        IncompleteBody: the body ends early.
        BodyTooLarge: the body has more than `MAX_JSON` bytes.
    """
    value = parse_json(read_body(request, MAX_JSON))
    if not isinstance(value, dict):
        raise InvalidRequest('The JSON body must be an object such as {"caption": "A cat"}.')
    return value


def parse_json(body: bytes) -> object:
    """The JSON value of the body.

    Raises:
        InvalidJson: the body is not valid JSON, or a number is too large. The message says where parsing fails, unless
            there are long strings.
        BodyTooLarge: beside its long strings, the body has more than `MAX_JSON` bytes or 20,000 strings.
        InvalidField: a string that is not base64 is longer than any text.
    """
    rest, texts = _without_long_strings(body)

    def number(text: str) -> Any:
        return _value_of(texts[text]) if text in texts else _finite(text)

    try:
        text = rest.decode("utf-8-sig")
        return json.loads(text, parse_constant=_no_constant, parse_float=number, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        shows_where = isinstance(error, json.JSONDecodeError) and not texts
        where = f" Parsing fails at: {error}." if shows_where else ""
        raise InvalidJson(f"{InvalidJson.detail}{where}") from None


def _without_long_strings(body: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The body with a number instead of each long string, and the strings by these numbers.

    A number is the one JSON value that has a hook everywhere in a document. No client can guess these numbers.
    """
    texts: dict[str, bytes] = {}
    pieces: list[bytes] = []
    end = size = 0
    secret = randbelow(10**18)
    for count, (start, stop) in enumerate(_strings(body)):
        if count == _MAX_STRINGS:
            raise BodyTooLarge(_MAX_STRINGS, f"The JSON has more than {_MAX_STRINGS:,} strings. Send less at once.")
        if stop - start >= _LONG and not _COLON.match(body, stop):  # a name stays
            number = f"-0.{secret}E{len(texts)}"
            texts[number] = body[start:stop]
            pieces += body[end:start], f" {number} ".encode()
            size += start - end
            end = stop
    size += len(body) - end
    if size > MAX_JSON:
        raise BodyTooLarge(MAX_JSON, f"The JSON has {size:,} bytes beside its images. Send at most {MAX_JSON:,}.")
    return b"".join((*pieces, body[end:])), texts


def _strings(body: bytes) -> Iterator[tuple[int, int]]:
    """The place of each string, with its quotes.

    Raises:
        InvalidJson: a string does not end.
    """
    stop = 0
    while (start := body.find(b'"', stop)) >= 0:
        stop = _end_of_string(body, start + 1)
        yield start, stop


def _end_of_string(body: bytes, place: int) -> int:
    while found := _REST_OF_STRING.match(body, place, place + _STEP):
        if found[1]:
            return found.end()
        if found.end() == place:
            break
        place = found.end()  # a backslash at the end of a step belongs to the next one
    raise InvalidJson(f"{InvalidJson.detail} A string does not end.")


def _value_of(string: bytes) -> Any:
    """The value of a long string. Only base64 can be longer than any text, so it has no other characters."""
    if len(string) > _LONGEST_TEXT and (not string.isascii() or b"\\u" in string):
        raise InvalidField(f"A text in the JSON has {len(string):,} bytes. Send at most {_LONGEST_TEXT:,}.")
    return json.loads(string) if len(string) <= _LONGEST_TEXT else "".join(_in_steps(string))


def _in_steps(string: bytes) -> Iterator[str]:
    end = len(string) - 1
    place = 1
    while place < end and (found := _REST_OF_STRING.match(string, place, min(place + _STEP, end))):
        yield json.loads(b'"%s"' % string[place : found.end()])
        place = found.end()


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise _too_large(text)
    return number


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:  # more digits than Python reads, since the time grows with their square
        raise _too_large(text) from None


def _too_large(number: str) -> InvalidJson:
    return InvalidJson(f"The number {number[:_SHOWN]} in the JSON is too large. Send a smaller one, or a text.")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
