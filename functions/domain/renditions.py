"""The custom metadata of a rendition's object. They suffice to restore the renditions in the image's entry.

They are public, like the rendition.
"""

from collections.abc import Iterable
from typing import Final

from functions.domain.ids import FULL_SIZE, rendition_name
from functions.domain.model import Image, Rendition, Renditions, RenditionState, rendition_sizes
from functions.domain.ports import Object

GENERATION: Final = "source-generation"
"""The generation of the original from which the rendition was made."""
_WIDTH: Final = "width"
_HEIGHT: Final = "height"
_BYTES: Final = "bytes"
"""The size, which shows whether another file has replaced the rendition."""
_PLACEHOLDER: Final = "placeholder"


def rendition_metadata(rendition: Rendition, generation: int, placeholder: str | None = None) -> dict[str, str]:
    """The custom metadata of a rendition of that generation. The smallest rendition also has the placeholder."""
    metadata = {
        GENERATION: str(generation),
        _WIDTH: str(rendition.width),
        _HEIGHT: str(rendition.height),
        _BYTES: str(rendition.bytes),
    }
    return metadata if placeholder is None else {**metadata, _PLACEHOLDER: placeholder}


def source_generation(rendition: Object) -> int:
    """The generation from which the rendition was made; 0, which is older than all others, if it is unknown."""
    return _number(rendition, GENERATION)


def expected_names(image: Image) -> list[str]:
    """Names (stems) of all renditions that the current recipe makes from an image, in the order of its entry.

    A file whose metadata could not be removed when its renditions were made has a full-size one too.
    """
    widths = [str(width) for width, _ in rendition_sizes(image.facts.width, image.facts.height)]
    full_size = image.needs_full_size or any(each.name == FULL_SIZE for each in image.renditions.items)
    return [*widths, FULL_SIZE] if full_size else widths


def recovered(image: Image, found: Iterable[Object]) -> tuple[Renditions, str] | None:
    """The renditions and the placeholder of an image; None unless all of its renditions exist and match their metadata.

    Args:
        image: its entry.
        found: the objects of its renditions.
    """
    present = {each.name: each for each in found if _is_sound(each, image.generation)}
    names = expected_names(image)
    if FULL_SIZE not in names and rendition_name(image.id, FULL_SIZE) in present:
        names.append(FULL_SIZE)
    objects = [(stem, present.get(rendition_name(image.id, stem))) for stem in names]
    items = [
        Rendition(stem, _number(each, _WIDTH), _number(each, _HEIGHT), each.size) for stem, each in objects if each
    ]
    smallest = objects[0][1]
    placeholder = smallest.metadata.get(_PLACEHOLDER) if smallest else None
    if placeholder is None or len(items) < len(objects):
        return None
    return Renditions(RenditionState.READY, tuple(items)), placeholder


def _is_sound(rendition: Object, generation: int) -> bool:
    """Whether a rendition was made from that generation, and its metadata are complete and match its size."""
    return (
        source_generation(rendition) == generation
        and _number(rendition, _BYTES) == rendition.size
        and _number(rendition, _WIDTH) > 0
        and _number(rendition, _HEIGHT) > 0
    )


def _number(rendition: Object, key: str) -> int:
    text = rendition.metadata.get(key, "")
    return int(text) if text.isascii() and text.isdecimal() else 0
