"""The caption and the keywords that photographers' programs wrote into a file, within the bounds of a description."""

from io import BytesIO
from typing import Final

from functions.domain.fields import Tags
from functions.domain.filling import fitting_tags
from functions.domain.model import WRITABLE, Description
from functions.domain.text import composed, without_control_characters
from functions.imaging.examination import examining
from functions.imaging.texts.reader import read_texts

_CAPTION_BYTES: Final = WRITABLE["caption"].kind.max_bytes or 0
_TAGS: Final = next(each.kind for each in WRITABLE.values() if isinstance(each.kind, Tags))


@examining()
def read_words(data: bytes) -> Description:
    """A description with the caption and the tags in a file. A caption that is too long is cut, as is a tag.

    Raises:
        DamagedImage: reading failed unexpectedly.
    """
    texts = read_texts(BytesIO(data))
    captions = (_cut(without_control_characters(each, multiline=True), _CAPTION_BYTES) for each in texts.captions)
    tags = map(_tags, texts.keywords)
    return Description(caption=next(filter(None, captions), None), tags=next(filter(None, tags), ()))


def _tags(keywords: tuple[str, ...]) -> tuple[str, ...]:
    texts = (" ".join(without_control_characters(each, " ").replace(",", " ").split()) for each in keywords)
    return fitting_tags(_TAGS, filter(None, (_cut(each, _TAGS.max_bytes_each) for each in texts)))


def _cut(text: str, max_bytes: int) -> str:
    """The text in its stored form, cut between two characters."""
    return composed(text.strip(), max_bytes).encode()[:max_bytes].decode("utf-8", "ignore").strip()
