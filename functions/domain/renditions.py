"""What the object of a rendition says of itself, as custom metadata: enough to write its image's entry again.

It is public, as the rendition is.
"""

from collections.abc import Iterable
from typing import Final

from functions.domain.ids import FULL_SIZE, rendition_name
from functions.domain.model import Image, Rendition, Renditions, RenditionState, rendition_sizes
from functions.domain.ports import Object

GENERATION: Final = "source-generation"
"""The generation of the original that it was made from."""
_WIDTH: Final = "width"
_HEIGHT: Final = "height"
_BYTES: Final = "bytes"
"""Written down too, so that a file which somebody put into its place is not taken for it."""
_PLACEHOLDER: Final = "placeholder"


def rendition_metadata(rendition: Rendition, generation: int, placeholder: str | None = None) -> dict[str, str]:
    """The custom metadata of a rendition made from that generation; the smallest one carries the placeholder too."""
    said = {
        GENERATION: str(generation),
        _WIDTH: str(rendition.width),
        _HEIGHT: str(rendition.height),
        _BYTES: str(rendition.bytes),
    }
    return said if placeholder is None else {**said, _PLACEHOLDER: placeholder}


def source_generation(rendition: Object) -> int:
    """The generation that it was made from; 0, older than any, when it does not say."""
    return _number(rendition, GENERATION)


def expected_names(image: Image) -> list[str]:
    """Names (stems) of all renditions that the present recipe makes of an image, in the order of its entry."""
    widths = [str(width) for width, _ in rendition_sizes(image.facts.width, image.facts.height)]
    return [*widths, FULL_SIZE] if image.needs_full_size else widths


def recovered(image: Image, found: Iterable[Object]) -> tuple[Renditions, str] | None:
    """The renditions and the placeholder of an image, when all that it should have are there and are what they say."""
    present = {each.name: each for each in found if _is_sound(each, image.generation)}
    objects = [(stem, present.get(rendition_name(image.id, stem))) for stem in expected_names(image)]
    items = [
        Rendition(stem, _number(each, _WIDTH), _number(each, _HEIGHT), each.size) for stem, each in objects if each
    ]
    smallest = objects[0][1]
    placeholder = smallest.metadata.get(_PLACEHOLDER) if smallest else None
    if placeholder is None or len(items) < len(objects):
        return None
    return Renditions(RenditionState.READY, tuple(items)), placeholder


def _is_sound(rendition: Object, generation: int) -> bool:
    """Whether it was made from that generation, and says all of itself, which fits it."""
    return (
        source_generation(rendition) == generation
        and _number(rendition, _BYTES) == rendition.size
        and _number(rendition, _WIDTH) > 0
        and _number(rendition, _HEIGHT) > 0
    )


def _number(rendition: Object, key: str) -> int:
    text = rendition.metadata.get(key, "")
    return int(text) if text.isascii() and text.isdecimal() else 0
