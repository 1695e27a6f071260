"""Requests whose bodies are made to take much memory or time, each with the answer that it must get.

The tests send them too (`tests/http/test_hostile_bodies.py`).
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from functions.domain.limits import MAX_REQUEST

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data; boundary=B"

_FULL: Final = MAX_REQUEST - 1_000
"""Bytes of the repeated part of a body that is as large as a request can be."""


class Hostile(NamedTuple):
    """One body, made when it is needed, and the status and the code of its answer."""

    content_type: str
    make: Callable[[], bytes]
    status: int
    code: str


def marks() -> str:
    """A text of 120 KB. Its normalization takes 5 s."""
    return "e" + "\u0301" * 60_000


def commas() -> str:
    """A list of 33 million empty tags."""
    return "," * 33_000_000


def slashes() -> str:
    """An album of 4,098 empty names."""
    return "/" * 4_097


TEXTS: Final[Mapping[str, Callable[[], str]]] = {"marks": marks, "commas": commas, "slashes": slashes}


def with_text(field: str, text: str, image: bytes) -> bytes:
    """The JSON of an upload whose image is all right, and whose field has that text."""
    return json.dumps({field: text, "image": base64.b64encode(image).decode()}).encode()


def _filled(start: bytes, repeated: bytes, end: bytes) -> Callable[[], bytes]:
    return lambda: start + repeated * (_FULL // len(repeated)) + end


def _part(repeated: bytes) -> Callable[[], bytes]:
    return _filled(b"--B\r\nContent-Disposition: form-data; name=image", repeated, b"\r\n\r\nx\r\n--B--")


def _parts_with_long_headers() -> bytes:
    head = b'\r\nContent-Disposition: form-data; name=a; filename="' + b'\\"' * 8_000 + b'"\r\n\r\n\r\n--B'
    return b"--B" + head * 900 + b"--"


def _text_fields() -> bytes:
    head = b"\r\nContent-Disposition: form-data; name=a\r\n\r\n"
    return b"--B" + (head + b"\xff" * 65_000 + b"\r\n--B") * 500 + _images(100) + b"--"


def _images(count: int) -> bytes:
    return b"\r\nContent-Disposition: form-data; name=images\r\n\r\n\r\n--B" * count


def _shared(fields: str) -> bytes:
    """A hundred images that share fields."""
    return b'{"images": [%s], %s}' % (b",".join([b'""'] * 100), fields.encode())


BODIES: Final[Mapping[str, Hostile]] = {
    "objects in a field": Hostile(JSON, _filled(b'{"image":"","x":[{}', b",{}", b"]}"), 413, "body_too_large"),
    "numbers": Hostile(JSON, _filled(b"[1", b",1", b"]"), 413, "body_too_large"),
    "short strings": Hostile(JSON, _filled(b'[""', b',""', b"]"), 413, "body_too_large"),
    "long strings": Hostile(JSON, _filled(b'[""', b',"' + b"a" * 1_100 + b'"', b"]"), 413, "body_too_large"),
    "names": Hostile(JSON, _filled(b'{"a":1', b',"a":1', b"}"), 413, "body_too_large"),
    "brackets": Hostile(JSON, _filled(b"", b"[", b""), 413, "body_too_large"),
    "a string of escapes": Hostile(JSON, _filled(b'{"image":"', b"\\/", b'"}'), 415, "unsupported_format"),
    "a string of escaped quotes without an end": Hostile(
        JSON, _filled(b'{"image":"', b'\\"', b""), 400, "invalid_json"
    ),
    "more images than allowed": Hostile(
        JSON, lambda: json.dumps({"images": [""] * 101}).encode(), 400, "invalid_request"
    ),
    "a long text that images share": Hostile(
        JSON, lambda: _shared('"caption": "' + "a" * _FULL + '"'), 400, "invalid_field"
    ),
    "texts that images share": Hostile(
        JSON, lambda: _shared(",".join(f'"{n}": "{"a" * 65_000}"' for n in range(500))), 400, "invalid_field"
    ),
    "many fields that images share": Hostile(
        JSON, lambda: _shared(",".join(f'"{n}":1' for n in range(19_800))), 400, "invalid_field"
    ),
    "headers of a part": Hostile(MULTIPART, _part(b"\r\nA:"), 400, "invalid_request"),
    "parameters of a part": Hostile(MULTIPART, _part(b";a=b"), 400, "invalid_request"),
    "parts": Hostile(MULTIPART, _filled(b"--B", b"\r\n--B", b"--"), 400, "invalid_request"),
    "parts with long headers": Hostile(MULTIPART, _parts_with_long_headers, 400, "invalid_request"),
    "nearly boundaries": Hostile(MULTIPART, _filled(b"--B", b"\r\n--", b"--B--"), 400, "invalid_request"),
    "text fields that images share": Hostile(MULTIPART, _text_fields, 400, "invalid_field"),
    "base64 in a part": Hostile(
        MULTIPART,
        _filled(b"--B\r\nContent-Disposition: form-data; name=image\r\n\r\n", b"A ", b"\r\n--B--"),
        415,
        "unsupported_format",
    ),
    "base64 in a form": Hostile(FORM, _filled(b"image=", b"A+", b""), 415, "unsupported_format"),
    "as many escapes of a form as allowed": Hostile(
        FORM, lambda: b"image=" + (b"%0AA" + b"A" * 9) * 2_490_000, 415, "unsupported_format"
    ),
    "fields of a form": Hostile(FORM, _filled(b"image=", b"&a=b", b""), 400, "invalid_request"),
    "escapes of a form": Hostile(FORM, _filled(b"image=", b"%41", b""), 400, "invalid_request"),
}
