"""Delete an image, and remove what is left of an image whose object is gone."""

from collections.abc import Callable
from contextlib import suppress

from functions.domain.callers import Caller
from functions.domain.errors import Conflict, ImageNotFound
from functions.domain.ids import parse_object_name, rendition_prefix
from functions.domain.model import Image
from functions.domain.ports import Bucket, Catalog, Counters, Tally
from functions.domain.renditions import source_generation
from functions.services.reconcile import is_alive

Condition = Callable[[str], None]


def delete_image(
    image_id: str,
    caller: Caller,
    catalog: Catalog,
    originals: Bucket,
    renditions: Bucket,
    *,
    condition: Condition,
    purge: bool = False,
) -> None:
    """Delete an image.

    The deletion of its object is the commit point. The storage event completes the rest if this call cannot.

    Args:
        image_id: of the image.
        caller: must own it, or be an admin.
        catalog: has its entry.
        originals: has its object.
        renditions: has its renditions.
        condition: gets the SHA-256 of the file that would be deleted, and raises an error if it is not the right one.
        purge: whether the storage may keep nothing of the original, not even for a while. Only an admin can ask that.

    Raises:
        ImageNotFound: there is no image with that id, or another request deleted it before it could be purged.
        NotYourImage: the caller is neither its uploader nor an admin.
        Forbidden: the caller is not an admin, and only an admin can purge.
        CannotPurge: the storage keeps deleted objects. Nothing was deleted.
        Conflict: other requests deleted the image and stored it again in the meantime.
    """
    if purge:
        caller.must_be_admin()
    image = catalog.get(image_id)
    if image is None:
        raise ImageNotFound
    caller.must_own(image)
    condition(image.facts.sha256)
    try:
        originals.delete(image.object_name, if_generation=image.generation, for_good=purge)
    except Conflict:
        if originals.stat(image.object_name) is not None:
            raise
        gone_before = True
    else:
        gone_before = False
    _delete_entry(image, catalog)
    delete_renditions(image_id, renditions, up_to=image.generation)
    if purge and gone_before:
        raise ImageNotFound("Another request has deleted this image, and the storage may keep it for a while.")


def _delete_entry(image: Image, catalog: Catalog) -> None:
    """Remove the entry of that very object, even if it changes at the same time, as when thumbnails are made.

    The event would do it too. But it may be lost with the bucket's index, and then the image would be listed again.
    """
    entry: Image | None = image
    while entry is not None and entry.generation == image.generation:
        try:
            catalog.delete(seen=entry)
        except Conflict:
            entry = catalog.get(image.id)
        else:
            return


def forget_image(
    name: str, generation: int, catalog: Catalog, originals: Bucket, renditions: Bucket, *, counters: Counters
) -> None:
    """Remove what is left of an original that was deleted: its catalog entry, its renditions, the count of its views.

    Raises:
        Unavailable: a backend did not answer; the event must be delivered again.
    """
    parsed = parse_object_name(name)
    if parsed is None:
        return
    image_id = parsed[0]
    while (entry := catalog.get(image_id)) is not None and entry.generation <= generation:
        if is_alive(entry, originals):
            return
        with suppress(Conflict):
            catalog.delete(seen=entry)
    delete_renditions(image_id, renditions, up_to=generation)
    if entry is None:
        counters.forget(Tally.VIEWS, [image_id])


def delete_renditions(image_id: str, renditions: Bucket, *, up_to: int) -> None:
    """Delete the renditions, of any recipe, that were made from generations up to `up_to`. Newer ones stay."""
    prefix = rendition_prefix(image_id)
    while found := renditions.list(prefix, limit=100):
        old = [each for each in found if source_generation(each) <= up_to]
        for each in old:
            with suppress(Conflict):
                renditions.delete(each.name, if_generation=each.generation)
        if len(old) < len(found):
            return
