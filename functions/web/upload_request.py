"""The images of an upload request, in all forms in which clients send them."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from typing import Final

from flask import Request

from functions.domain.description_parser import parse_description
from functions.domain.errors import InvalidBase64, InvalidField, InvalidRequest, NoImage
from functions.domain.limits import MAX_IMAGES
from functions.domain.model import Description
from functions.web.body import read_body
from functions.web.forms import Part, parse_multipart, parse_urlencoded
from functions.web.json_body import parse_json

_IMAGE_FIELDS: Final = frozenset({"image", "images", "file", "files"})
_DATA_URL = re.compile(rb"\s{0,100}+data:[^,]{0,200};base64,", re.IGNORECASE)
_ALPHABET: Final = bytes.maketrans(b" -_", b"++/")
_ENDS: Final = b"= \t\r\n\v\f"
_STEP: Final = 1_048_576
"""Bytes of base64 that are decoded at a time."""
_SIGNATURES: Final = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")
_MAX_FIELD: Final = 64 * 1024
"""Bytes of a form field that is not an image. Each field has a smaller bound of its own."""
_FORM = "application/x-www-form-urlencoded"
_UNDECLARED: Final = frozenset({"", "text/plain", _FORM})
"""The content types that clients send when their user gives none: `curl -d` declares each body as a form."""
_JSON_OBJECT: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]{0,100}+\{")


@dataclass(frozen=True, slots=True)
class Item:
    """One image of an upload request: its bytes, or their base64, and the fields that belong to it.

    `payload` is None if the JSON value is not a string. That is an error of this item alone.
    """

    payload: bytes | None
    fields: Mapping[str, object]
    is_base64: bool = False

    def data(self) -> bytes:
        """The bytes of the file.

        Raises:
            InvalidBase64, InvalidField: the payload is not base64.
        """
        if self.payload is None:
            raise InvalidField("An image in JSON must be a string of base64.", field="image")
        return decode_base64(self.payload) if self.is_base64 else self.payload

    def description(self) -> Description:
        """The description of the image by its uploader.

        Raises:
            InvalidField, InvalidFilename: a field is invalid.
        """
        return parse_description(self.fields)


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """All images of a request. `several` means that the response is a list, even of one image."""

    items: tuple[Item, ...]
    several: bool


def parse_upload_request(request: Request, *, too_large: str = "") -> UploadRequest:
    """Read the images of a request: multipart, JSON, urlencoded or raw.

    Args:
        request: of an upload or an inspection.
        too_large: the advice about a body that is too large.

    Raises:
        NoImage: the request contains no image.
        InvalidRequest: the body does not match its content type.
        IncompleteBody: the body ends early.
        BodyTooLarge: the body has more than `MAX_REQUEST` bytes.
    """
    upload = _parse(request, read_body(request, too_large=too_large))
    if not upload.items:
        raise NoImage
    return upload


def decode_base64(text: bytes) -> bytes:
    """Decode base64, plain or as a data URL.

    It accepts what browsers and form encoders produce: line breaks, missing padding, the URL-safe alphabet, and spaces
    in place of `+`.

    Raises:
        InvalidBase64: the text is not base64.
    """
    head = _DATA_URL.match(text)
    try:
        return b"".join(_decoded(text[head.end() if head else 0 :].lstrip().rstrip(_ENDS)))
    except Base64Error:
        raise InvalidBase64 from None


def _decoded(text: bytes) -> Iterator[bytes]:
    """Decode base64 without padding, step by step, since other threads run only between two steps."""
    rest = b""
    for place in range(0, len(text), _STEP):
        digits = rest + text[place : place + _STEP].translate(_ALPHABET, delete=b"\r\n")
        if b"=" in digits:
            raise Base64Error("padding within the text")
        whole = len(digits) // 4 * 4
        yield b64decode(digits[:whole], validate=True)
        rest = digits[whole:]
    yield b64decode(rest + b"=" * (-len(rest) % 4), validate=True)


def _parse(request: Request, body: bytes) -> UploadRequest:
    query: dict[str, object] = {name: values if len(values) > 1 else values[0] for name, values in request.args.lists()}
    kind = request.mimetype
    if kind == "multipart/form-data":
        return _from_parts(parse_multipart(body, request.headers["Content-Type"]), query)
    if kind == "application/json" or kind.endswith("+json"):
        return _from_json(parse_json(body), query)
    if kind in _UNDECLARED and _JSON_OBJECT.match(body):
        given = f"its content type is {kind}" if kind else "it has no content type"
        raise InvalidRequest(f"The body looks like JSON, but {given}. Send the header Content-Type: application/json.")
    if kind == _FORM and not body.startswith(_SIGNATURES):
        return _from_parts(parse_urlencoded(body), query)
    # `curl --data-binary` declares a photo as urlencoded. Its first bytes tell that it is an image.
    return UploadRequest((Item(body, query),) if body or kind.startswith("image/") else (), several=False)


def _from_parts(parts: Iterable[Part], shared: Mapping[str, object]) -> UploadRequest:
    images: list[Part] = []
    fields: dict[str, object] = dict(shared)
    for part in parts:
        if part.name in _IMAGE_FIELDS or part.filename is not None:
            images.append(part)
        else:
            _add_field(fields, part)
    _check_count(images)
    items = tuple(_item(each, fields) for each in images)
    return UploadRequest(items, several=len(items) > 1 or any(each.name in {"images", "files"} for each in images))


def _add_field(fields: dict[str, object], part: Part) -> None:
    """Add a field. A repeated field, such as one for each tag, becomes a list."""
    if len(part.data) > _MAX_FIELD:
        detail = f"The field has {len(part.data):,} bytes. Send at most {_MAX_FIELD:,}."
        raise InvalidField(detail, field=part.name[:64])
    text = part.data.decode("utf-8", "replace")
    before = fields.get(part.name)
    if before is None:
        fields[part.name] = text
    else:
        fields[part.name] = [*(before if isinstance(before, list) else [before]), text]


def _item(part: Part, fields: Mapping[str, object]) -> Item:
    if part.filename is None:
        return Item(part.data, fields, is_base64=True)
    # A form field `filename` has priority over the name of the file. An unused file input has an empty name.
    return Item(part.data, {"filename": part.filename, **fields} if part.filename else fields)


def _from_json(value: object, query: Mapping[str, object]) -> UploadRequest:
    if not isinstance(value, dict):
        raise InvalidRequest('The JSON body must be an object such as {"image": "<base64>", "filename": "cat.jpg"}.')
    shared = {**query, **{key: each for key, each in value.items() if key not in {"image", "images"}}}
    if "images" not in value:
        return UploadRequest((_json_item(value["image"], shared),) if "image" in value else (), several=False)
    images = value["images"]
    if not isinstance(images, list):
        raise InvalidField(
            '`images` must be a list of base64 strings, or of objects like {"image": …}.', field="images"
        )
    _check_count(images)
    return UploadRequest(tuple(_json_item(each, shared) for each in images), several=True)


def _check_count(images: Sized) -> None:
    if len(images) > MAX_IMAGES:
        raise InvalidRequest(f"The request has {len(images)} images. Send at most {MAX_IMAGES} at once.")


def _json_item(value: object, shared: Mapping[str, object]) -> Item:
    fields = dict(shared)
    if isinstance(value, dict):
        fields.update({key: each for key, each in value.items() if key != "image"})
        value = value.get("image")
    payload = value.encode("ascii", "replace") if isinstance(value, str) else None
    return Item(payload, fields, is_base64=True)
