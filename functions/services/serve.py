"""Find what to send for an image: the file itself, or one of its renditions."""

from dataclasses import dataclass

from functions.domain.errors import ImageNotFound, ObjectNotFound, Unavailable
from functions.domain.ids import FULL_SIZE
from functions.domain.model import Image, Rendition, RenditionState
from functions.domain.ports import Bucket, Catalog

_STRIPPING = "s1"
"""Version of the code that removes private metadata. The entity tag contains it, since other bytes need another tag."""


class NotReady(Unavailable):
    """The file cannot be served, and the rendition that replaces it does not exist yet."""

    code = "not_ready"
    detail = "The viewable copy of this image is not ready yet. Try again in a few seconds."
    retry_after = 2


class NotServable(ImageNotFound):
    """The file cannot be served, and the rendition that replaces it could not be made."""

    code = "not_servable"
    detail = "No viewable copy of this image could be made. The image's details give the reason."


@dataclass(frozen=True, slots=True)
class Original:
    """An original to send. `etag` is strong, and known without the bytes."""

    image: Image

    @property
    def etag(self) -> str:
        """Entity tag of the bytes without private metadata, without quotes."""
        return f"{self.image.facts.sha256[:32]}-{_STRIPPING}"


def get_image(image_id: str, catalog: Catalog) -> Image:
    """The entry with that id.

    Raises:
        ImageNotFound: there is no such entry.
    """
    image = catalog.get(image_id)
    if image is None:
        raise ImageNotFound
    return image


def find_servable(image: Image) -> Original | Rendition:
    """What to send for the whole image: its file, or the full-size rendition if the file cannot be served.

    Raises:
        NotReady: the full-size rendition is pending.
        NotServable: the full-size rendition could not be made.
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
        ImageNotFound: the object is gone. Its event will remove the entry.
    """
    from functions.imaging.strip import strip

    try:
        _, data = originals.read(original.image.object_name)
    except ObjectNotFound:
        raise ImageNotFound from None
    return strip(data, original.image.facts.format)
