"""Find what to show of an image: the file itself, or one of its renditions."""

from dataclasses import dataclass

from functions.domain.errors import ImageNotFound, ObjectNotFound, Unavailable
from functions.domain.ids import FULL_SIZE
from functions.domain.model import Image, Rendition, RenditionState
from functions.domain.ports import Bucket, Catalog

_STRIPPING = "s1"
"""Version of the way that private metadata is removed: other bytes need another entity tag."""


class NotReady(Unavailable):
    """The only copy that may be served is still being made."""

    code = "not_ready"
    detail = "The copy of this image that can be shown is being made. Please try again in a few seconds."
    retry_after = 2


class NotServable(ImageNotFound):
    """No copy of the image that may be served could be made."""

    code = "not_servable"
    detail = "No copy of this image that can be shown could be made of its file; its details say why."


@dataclass(frozen=True, slots=True)
class Original:
    """An original to serve; `etag` is strong, and known without the bytes."""

    image: Image

    @property
    def etag(self) -> str:
        """Entity tag of the stripped bytes, unquoted."""
        return f"{self.image.facts.sha256[:32]}-{_STRIPPING}"


def get_image(image_id: str, catalog: Catalog) -> Image:
    """The entry of that id.

    Raises:
        ImageNotFound: there is none.
    """
    image = catalog.get(image_id)
    if image is None:
        raise ImageNotFound
    return image


def find_servable(image: Image) -> Original | Rendition:
    """What stands for the whole image: its own file, or the full-size rendition of one that cannot be served.

    Raises:
        NotReady: that rendition is still pending.
        NotServable: it could not be made.
    """
    if not image.needs_full_size:
        return Original(image)
    if image.renditions.state is RenditionState.PENDING:
        raise NotReady
    for each in image.renditions.items:
        if each.name == FULL_SIZE:
            return each
    raise NotServable


def public_bytes(original: Original, originals: Bucket) -> bytes:
    """The bytes of an original without its private metadata.

    Raises:
        ImageNotFound: the object is gone; the catalog is about to follow.
    """
    from functions.imaging.strip import strip

    try:
        _, data = originals.read(original.image.object_name)
    except ObjectNotFound:
        raise ImageNotFound from None
    return strip(data, original.image.facts.format)
