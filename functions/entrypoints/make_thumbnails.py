"""The storage event `finalized` of the originals bucket: make the renditions of a new image."""

from functions.services.thumbnails import make_thumbnails as make
from functions.web.events import StorageObject, storage_event
from functions.wiring import wiring


@storage_event("make-thumbnails")
def make_thumbnails(created: StorageObject) -> None:
    """Make the entry and the renditions of the object agree with its present state."""
    parts = wiring()
    make(created.name, parts.catalog(), parts.originals(), parts.renditions())
