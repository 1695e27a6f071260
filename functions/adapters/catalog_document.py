"""The catalog's document of an entry, which is the same in every store.

It contains the service's own times as datetimes, and the time of a photo as text. A store that has no times writes
them as ISO 8601 text, and `from_document` reads both. The values in `exif` must be plain JSON: a tuple would be read as
a list.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from functions.domain.errors import Damaged
from functions.domain.model import ENTRY, Description, Facts, Image

# Documents of earlier releases begin with the hashes.
_FIRST: Final = ("sha256", "fingerprint")
_STORED: Final = sorted(
    ((each.stored, each) for each in ENTRY if each.stored is not None), key=lambda pair: pair[0] not in _FIRST
)


def to_document(image: Image) -> dict[str, object]:
    """The entry without its id and its version, which a store keeps outside of the document.

    `taken_at` is the time from EXIF, and `taken_at_said` is the time from the uploader. The document has both, so that
    the first one is valid again if the second one is removed. Lists sort by `wall_clock` and `wall_clock_ascending`.
    """
    return {name: field.kind.to_document(field.of(image)) for name, field in _STORED}


@contextmanager
def readable(image_id: str) -> Iterator[None]:
    """Translate the errors of reading a document. They mean that something else than `to_document` wrote it.

    Raises:
        Damaged: the document cannot be read.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(
            f"The catalog's entry of {image_id} cannot be read. Delete it there, then run `make fsck FIX=1`."
        ) from error


def from_document(image_id: str, document: Mapping[str, Any], version: object) -> Image:
    """The entry that `to_document` wrote; `version` is the store's token for compare-and-swap."""
    parts: dict[str, dict[str, Any]] = {"facts": {}, "description": {}, "": {}}
    for name, field in _STORED:
        if not field.computed:
            parts[field.part][field.name] = field.from_document(document, name)
    return Image(
        id=image_id,
        facts=Facts(**parts["facts"]),
        description=Description(**parts["description"]),
        version=version,
        **parts[""],
    )
