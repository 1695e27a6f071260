"""Images as JSON in the API's responses."""

from typing import Final, NamedTuple, Self

from flask import Request

from functions.config import Settings
from functions.domain.callers import Caller
from functions.domain.fields import Shown
from functions.domain.filling import Words
from functions.domain.formats import WEBP
from functions.domain.ids import image_id, rendition_name
from functions.domain.model import ENTRY, Facts, Image, Rendition, RenditionState, rendition_sizes
from functions.web.hosts import base_url

_ALWAYS: Final = tuple(each for each in ENTRY if each.shown is Shown.ALWAYS)
_DETAILS: Final = tuple(each for each in ENTRY if each.shown is Shown.IN_DETAILS)
_INSPECTED: Final = (
    *(each for each in _ALWAYS if each.part == "facts"),
    *(each for each in ENTRY if each.part == "facts" and each.shown in {Shown.IN_DETAILS, Shown.BY_INSPECT}),
)


class Urls(NamedTuple):
    """Makes the URLs in responses, from two base URLs without a final slash."""

    base: str
    renditions: str

    @classmethod
    def of(cls, request: Request, settings: Settings) -> Self:
        """The URLs for a request: from the settings, or from the request's host if a setting is empty.

        Raises:
            InvalidRequest: the host is invalid.
        """
        base = settings.base_url or base_url(request)
        return cls(base, settings.renditions_url or f"{base}/renditions")

    def image(self, image_id: str) -> str:
        """URL of the image itself."""
        return f"{self.base}/fetch/{image_id}"

    def ticket(self, ticket_id: str) -> str:
        """URL of a ticket, which clients poll."""
        return f"{self.base}/upload/tickets/{ticket_id}"

    def rendition(self, image_id: str, name: int | str) -> str:
        """URL of a rendition. Its content never changes."""
        return f"{self.renditions}/{rendition_name(image_id, name)}"


def image_object(image: Image, urls: Urls) -> dict[str, object]:
    """The image object of the API. It contains nothing private."""
    made = {
        "url": urls.image(image.id),
        "details_url": f"{urls.image(image.id)}/details",
        "thumbnails": _thumbnails(image, urls),
    }
    shown: dict[str, object] = {}
    for each in _ALWAYS:
        value = made[each.name] if each.name in made else each.kind.to_json(each.of(image))
        if value or not each.optional:
            shown[each.name] = value
    return shown


def details_object(image: Image, urls: Urls, caller: Caller | None) -> dict[str, object]:
    """The image object with its details. Only the holder of a key gets the private members."""
    details = {each.name: each.kind.to_json(each.of(image)) for each in _DETAILS}
    if caller is None:
        details = {each.name: each.kind.without_private(details[each.name]) for each in _DETAILS}
    return {**image_object(image, urls), **details}


def words_object(words: Words | None) -> dict[str, object]:
    """The members that name the effect of a duplicate's description; none if it had no description."""
    return {} if words is None else {"filled": [*words.filled], "kept": [*words.kept]}


def facts_object(facts: Facts) -> dict[str, object]:
    """The object in the response of `/inspect` for a file."""
    return {
        "size": [facts.width, facts.height],
        "id": image_id(bytes.fromhex(facts.pixel_sha512)),
        **{each.name: each.kind.to_json(getattr(facts, each.name)) for each in _INSPECTED},
    }


def _thumbnails(image: Image, urls: Urls) -> dict[str, object]:
    items = [_item(image, each, urls) for each in _planned(image)]
    shown: dict[str, object] = {
        "state": image.renditions.state.value,
        "srcset": ", ".join(f"{each['url']} {each['width']}w" for each in items),
        "items": items,
    }
    if image.renditions.reason:
        shown["reason"] = image.renditions.reason
    return shown


def _planned(image: Image) -> list[Rendition]:
    """The renditions that exist or will exist. Their names and sizes are known before they are made."""
    if image.renditions.state is RenditionState.PENDING:
        sizes = rendition_sizes(image.facts.width, image.facts.height)
        return [Rendition(str(width), width, height, 0) for width, height in sizes]
    return image.renditions.thumbnails


def _item(image: Image, rendition: Rendition, urls: Urls) -> dict[str, object]:
    return {
        "width": rendition.width,
        "height": rendition.height,
        "url": urls.rendition(image.id, rendition.name),
        "content_type": WEBP.content_type,
        "bytes": rendition.bytes or None,
    }
