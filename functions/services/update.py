"""Change the description of an image."""

from collections.abc import Callable

from functions.domain.callers import Caller
from functions.domain.errors import Conflict, ImageNotFound
from functions.domain.metadata import description_of, provenance_of, to_metadata
from functions.domain.model import Description, Image
from functions.domain.ports import Bucket, Catalog, Object
from functions.services.reconcile import entry_from_object, reconcile

Change = Callable[[Description], Description]


def update_image(image_id: str, change: Change, caller: Caller, catalog: Catalog, originals: Bucket) -> Image:
    """Apply `change` to the description of an image.

    The change of the object's metadata is the commit point; the catalog follows. Simultaneous changes are not lost:
    each is applied to the result of the one before.

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
    changed = _commit(entry.object_name, change, originals)
    facts = entry.facts if changed.generation == entry.generation else None
    return reconcile(entry_from_object(changed, originals, facts=facts), entry, catalog, originals)


def _commit(name: str, change: Change, originals: Bucket) -> Object:
    while True:
        seen = originals.stat(name)
        if seen is None:
            raise ImageNotFound
        try:
            return originals.set_metadata(seen, to_metadata(provenance_of(seen), change(description_of(seen))))
        except Conflict:
            continue
