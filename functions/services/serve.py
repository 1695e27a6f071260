"""Find what to send for an image: the file itself, or one of its renditions."""

import logging
from dataclasses import dataclass

from functions.domain.caching import file_etag
from functions.domain.errors import DamagedImage, ImageNotFound, ObjectNotFound, Unavailable
from functions.domain.ids import FULL_SIZE
from functions.domain.model import Image, Rendition, RenditionState
from functions.domain.ports import Bucket, Catalog

log = logging.getLogger(__name__)


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
        return file_etag(self.image.facts.sha256)


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
    return find_substitute(image) if image.needs_full_size else Original(image)


def find_substitute(image: Image) -> Rendition:
    """The rendition that replaces a file which cannot be served: the full-size one, else the widest thumbnail.

    Raises:
        NotReady: the renditions are pending.
        NotServable: they could not be made.
    """
    if image.renditions.state is RenditionState.PENDING:
        raise NotReady
    full_size = [each for each in image.renditions.items if each.name == FULL_SIZE]
    for each in full_size or image.renditions.thumbnails[-1:]:
        return each
    raise NotServable


def public_bytes(original: Original, originals: Bucket) -> bytes | None:
    """The bytes of an original without its private metadata; None if these cannot be removed.

    Raises:
        ImageNotFound: the object is gone. Its event will remove the entry.
    """
    from functions.imaging.strip import strip

    try:
        _, data = originals.read(original.image.object_name)
    except ObjectNotFound:
        raise ImageNotFound from None
    try:
        return strip(data, original.image.facts.format)
    except DamagedImage:
        log.warning("The metadata of %s cannot be removed. A rendition replaces it.", original.image.object_name)
        return None
