"""The storage event `deleted` of the originals bucket: remove what is left of an image."""

from functions.services.forget import forget_image as forget
from functions.web.events import StorageObject, storage_event
from functions.wiring import wiring


@storage_event("forget-image")
def forget_image(gone: StorageObject) -> None:
    """Remove the entry, the renditions and the views of the image, unless it was stored again."""
    parts = wiring()
    forget(
        gone.name,
        gone.generation,
        parts.catalog(),
        parts.originals(),
        parts.renditions(),
        counters=parts.counters(),
    )
