"""The custom metadata of objects in the originals bucket: everything in the catalog that is not in the file itself."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from functions.domain.errors import ImageRefused
from functions.domain.fields import Field
from functions.domain.model import DESCRIPTION, ENTRY, Description
from functions.domain.ports import Object


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of an object. It is set when the object is created, and does not change.

    Attributes:
        uploader: name of the key.
        uploaded_at: aware, UTC.
        upload_id: identifies the upload.
        sha256: hexadecimal, of the file.
        fingerprint: hexadecimal, of the canonical picture.
    """

    uploader: str
    uploaded_at: datetime
    upload_id: str
    sha256: str
    fingerprint: str


FINGERPRINT: Final = "fingerprint"
"""The name of the fingerprint in the custom metadata. Releases before 0.2 used another name, and other rules."""
_PROVENANCE: Final = tuple(
    next(field for field in ENTRY if field.stored == attribute.name) for attribute in fields(Provenance)
)


def to_metadata(provenance: Provenance, description: Description) -> dict[str, str]:
    """The custom metadata for a provenance and a description. Empty fields have no key."""
    return {**_written(_PROVENANCE, provenance), **_written(DESCRIPTION, description)}


def provenance_of(source: Object) -> Provenance:
    """The object's provenance. Missing metadata are replaced: the time by that of the last change, the rest by "".

    Raises:
        ImageRefused: the metadata cannot be read; another program wrote them.
    """
    defaults: dict[str, Any] = dict.fromkeys((each.name for each in _PROVENANCE), "") | {"uploaded_at": source.updated}
    found = {name: value for name, value in _read(_PROVENANCE, source).items() if value is not None}
    return Provenance(**defaults | found)


def has_fingerprint(source: Object) -> bool:
    """Whether the object's provenance has a fingerprint. If not, its id may be one of a release with other rules."""
    return bool(source.metadata.get(FINGERPRINT))


def description_of(source: Object) -> Description:
    """The description of the image.

    Raises:
        ImageRefused: the metadata cannot be read; another program wrote them.
    """
    return Description(**_read(DESCRIPTION, source))


def _written(declared: Sequence[Field], values: Provenance | Description) -> dict[str, str]:
    texts = {each.name: each.kind.to_metadata(getattr(values, each.name)) for each in declared}
    return {name: text for name, text in texts.items() if text is not None}


def _read(declared: Sequence[Field], source: Object) -> dict[str, Any]:
    return {each.name: _value(each, source) for each in declared if each.name in source.metadata}


def _value(field: Field, source: Object) -> Any:
    try:
        return field.kind.from_metadata(source.metadata[field.name])
    except (ValueError, OverflowError, RecursionError) as error:
        detail = f"The custom metadata `{field.name}` of {source.name} cannot be read: {error}. Correct or remove it."
        raise ImageRefused(detail) from error
