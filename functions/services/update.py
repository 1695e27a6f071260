"""Change the description of an image."""

from collections.abc import Callable

from functions.domain.callers import Caller
from functions.domain.errors import Conflict, ImageNotFound
from functions.domain.metadata import description_of, provenance_of, to_metadata
from functions.domain.model import Description, Image
from functions.domain.ports import Bucket, Catalog, Object
from functions.services.reconcile import entry_from_object, reconcile

Change = Callable[[Description], Description]
Condition = Callable[[str], None]


def update_image(
    image_id: str, change: Change, caller: Caller, catalog: Catalog, originals: Bucket, *, condition: Condition
) -> Image:
    """Apply `change` to the description of an image.

    The change of the object's metadata is the commit point; the catalog follows. Simultaneous changes are not lost:
    each is applied to the result of the one before.

    Args:
        image_id: of the image.
        change: gets the present description, and returns the new one.
        caller: must own the image, or be an admin.
        catalog: has its entry.
        originals: has its object.
        condition: gets the SHA-256 of the file that is described, and raises an error if it is not the right one.

    Returns:
        The changed image.

    Raises:
        ImageNotFound: there is no image with that id.
        NotYourImage: the caller is neither its uploader nor an admin.
    """
    entry = catalog.get(image_id)
    if entry is None:
        raise ImageNotFound
    caller.must_own(entry)
    changed = _commit(entry.object_name, change, originals, condition)
    facts = entry.facts if changed.generation == entry.generation else None
    return reconcile(entry_from_object(changed, originals, facts=facts), entry, catalog, originals)


def _commit(name: str, change: Change, originals: Bucket, condition: Condition) -> Object:
    while True:
        seen = originals.stat(name)
        if seen is None:
            raise ImageNotFound
        provenance = provenance_of(seen)
        condition(provenance.sha256)
        try:
            return originals.set_metadata(seen, to_metadata(provenance, change(description_of(seen))))
        except Conflict:
            continue
