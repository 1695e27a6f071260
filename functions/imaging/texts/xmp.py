"""The caption and the keywords of an XMP packet (ISO 16684-1).

Expat reads the XML, in whatever encoding and with whatever prefixes it is written. A packet has no document type, so
one that has is not read further: without a document type, no entity can be declared, and so none can expand.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
_DC: Final = "http://purl.org/dc/elements/1.1/ "
_TIFF: Final = "http://ns.adobe.com/tiff/1.0/ "
_LANGUAGE: Final = "http://www.w3.org/XML/1998/namespace lang"
_DEFAULT: Final = "x-default"
_CAPTIONS: Final = (f"{_DC}description", f"{_TIFF}ImageDescription")
"""The properties with a caption, the better one first."""
_KEYWORDS: Final = f"{_DC}subject"
_PHOTO: Final = [f"{_RDF}RDF", f"{_RDF}Description"]
_ITEM: Final = f"{_RDF}li"
_LISTS: Final = frozenset({f"{_RDF}Alt", f"{_RDF}Bag", f"{_RDF}Seq"})
_MAX_PACKET: Final = 1 << 20
"""Bytes that are read. A sidecar can be larger, but its texts are at the beginning."""
_MAX_VALUES: Final = 2_000
"""Values of a property. No photo has so many keywords."""
_MAX_DEPTH: Final = 100
"""Levels of elements."""
_MAX_TEXT: Final = 20_000
"""Characters of one value. The service accepts a caption of 2,000 bytes."""


@dataclass(frozen=True, slots=True)
class XmpText:
    """The texts; empty if the packet does not have them."""

    caption: str = ""
    keywords: tuple[str, ...] = ()


def read_xmp_text(packet: bytes) -> XmpText:
    """The texts of a packet, up to the place where it is damaged."""
    if not packet:
        return XmpText()
    values = _Values()
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = values.start
    parser.EndElementHandler = values.end
    parser.CharacterDataHandler = values.text
    parser.StartDoctypeDeclHandler = _refuse
    with suppress(ExpatError, _HostileError, LookupError, ValueError):  # the last two: an encoding that Python lacks
        parser.Parse(packet[:_MAX_PACKET].rstrip(b"\0 \r\n\t"), False)
    caption = next((found for each in _CAPTIONS if (found := values.best(each))), "")
    return XmpText(caption, tuple(text for _, text in values.found.get(_KEYWORDS, ())))


class _HostileError(Exception):
    """The packet declares a document type, or has more levels than any program writes."""


def _refuse(*_: object) -> None:
    raise _HostileError


@dataclass(slots=True)
class _Values:
    """Collects the values of the properties, with their languages, while the packet is read."""

    found: dict[str, list[tuple[str, str]]] = field(default_factory=dict[str, list[tuple[str, str]]])
    _path: list[str] = field(default_factory=list[str])
    _language: str = ""
    _pieces: list[str] = field(default_factory=list[str])

    def best(self, name: str) -> str:
        """The value for all languages, or else the first one."""
        texts = [(language, text) for language, text in self.found.get(name, ()) if text.strip()]
        default = next((text for language, text in texts if language == _DEFAULT), "")
        return default or next((text for _, text in texts), "")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > _MAX_DEPTH:
            raise _HostileError
        if self._path[-2:] == _PHOTO:
            for each in _CAPTIONS:
                self._add(each, attributes.get(each, ""), _DEFAULT)  # RDF can write a simple value as an attribute
        elif self._is_value():
            self._language, self._pieces = attributes.get(_LANGUAGE, "").lower(), []

    def text(self, piece: str) -> None:
        if self._is_value():
            self._pieces.append(piece)

    def end(self, _: str) -> None:
        if self._is_value():
            self._add(self._path[-3], "".join(self._pieces), self._language)
        self._path.pop()

    def _is_value(self) -> bool:
        """Whether the innermost element is an item in the list of a property of the photo itself."""
        if self._path[-1:] != [_ITEM] or self._path[-5:-3] != _PHOTO:
            return False
        name, kind = self._path[-3:-1]
        return kind in _LISTS and (name in _CAPTIONS or name == _KEYWORDS)

    def _add(self, name: str, text: str, language: str) -> None:
        values = self.found.setdefault(name, [])
        if text and len(values) < _MAX_VALUES:
            values.append((language, text[:_MAX_TEXT]))
