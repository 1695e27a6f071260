"""XMP packets in every encoding and form, and hostile ones."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_repo.sync.texts.xmp import XmpText, read_xmp_text

NAMESPACES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:ex="http://example.com/"'
)


def packet(properties: str, attributes: str = "") -> str:
    description = f"<rdf:Description rdf:about='' {attributes}>{properties}</rdf:Description>"
    rdf = f"<rdf:RDF {NAMESPACES}>{description}</rdf:RDF>"
    return (
        f'<?xpacket begin="\ufeff" id="W5M0"?><x:xmpmeta xmlns:x="adobe:ns:meta/">{rdf}</x:xmpmeta><?xpacket end="w"?>'
    )


def caption(*values: tuple[str, str]) -> str:
    items = "".join(f'<rdf:li xml:lang="{language}">{text}</rdf:li>' for language, text in values)
    return f"<dc:description><rdf:Alt>{items}</rdf:Alt></dc:description>"


def read(properties: str, attributes: str = "") -> XmpText:
    return read_xmp_text(packet(properties, attributes).encode())


SEA = caption(("x-default", "Ελλάδα &amp; \U0001f3d6"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("padding", ["", " " * 2_000 + "\n", "\0" * 3])
def test_a_packet_can_have_each_encoding_and_any_padding(encoding: str, padding: str) -> None:
    assert read_xmp_text((packet(SEA) + padding).encode(encoding)).caption == "Ελλάδα & \U0001f3d6"


def test_a_packet_can_declare_its_encoding() -> None:
    text = packet(caption(("x-default", "café"))).replace("\ufeff", "")
    assert read_xmp_text(f'<?xml version="1.0" encoding="iso-8859-1"?>{text}'.encode("latin-1")).caption == "café"
    assert read_xmp_text(f'<?xml version="1.0" encoding="klingon"?>{text}'.encode()).caption == ""


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ([("de", "Deutsch"), ("x-default", "For all")], "For all"),
        ([("de", "Deutsch"), ("X-Default", "For all")], "For all"),
        ([("de", "Deutsch"), ("x-default", " ")], "Deutsch"),
        ([("x-default", ""), ("fr", ""), ("de", "Deutsch")], "Deutsch"),
        ([("x-default", "<![CDATA[a < b]]> &#x1F600;")], "a < b \U0001f600"),
        ([("x-default", "two\nlines<!-- a comment --> in one")], "two\nlines in one"),
    ],
)
def test_the_default_language_comes_first_unless_it_is_empty(values: list[tuple[str, str]], best: str) -> None:
    assert read(caption(*values)).caption == best


def test_prefixes_do_not_matter() -> None:
    text = packet(SEA + subject("Bag", "sea")).replace("dc:", "pur:").replace("xmlns:dc", "xmlns:pur")
    text = text.replace("rdf:", "r:").replace("xmlns:rdf", "xmlns:r")
    assert read_xmp_text(text.encode()) == XmpText("Ελλάδα & \U0001f3d6", ("sea",))
    foreign = packet(SEA).replace("http://purl.org/dc/elements/1.1/", "http://example.com/other/")
    assert read_xmp_text(foreign.encode()) == XmpText()


def test_a_caption_can_be_an_attribute() -> None:
    assert read("", 'dc:description="An attribute"').caption == "An attribute"


def test_the_caption_of_tiff_counts_if_there_is_no_other() -> None:
    tiff = caption(("x-default", "Tiff")).replace("dc:description", "tiff:ImageDescription")
    assert read(tiff).caption == "Tiff"
    assert read(tiff + caption(("de", "Better"))).caption == "Better"


def subject(kind: str, *keywords: str) -> str:
    items = "".join(f"<rdf:li>{each}</rdf:li>" for each in keywords)
    return f"<dc:subject><rdf:{kind}>{items}</rdf:{kind}></dc:subject>"


NAMES = ("rdf:RDF", "rdf:Description", "dc:description", "dc:subject", "rdf:Alt", "rdf:Bag", "rdf:li", "ex:other")


def element(parts: tuple[str, list[str]]) -> str:
    name, inner = parts
    return f"<{name}>text{''.join(inner)}</{name}>"


@pytest.mark.parametrize("kind", ["Bag", "Seq"])
def test_keywords_are_in_a_list(kind: str) -> None:
    assert read(subject(kind, "sea", "", "rock &amp; roll")).keywords == ("sea", "rock & roll")


def test_only_the_properties_of_the_photo_itself_count() -> None:
    inner = f"<rdf:Description>{caption(('x-default', 'of a part'))}{subject('Bag', 'part')}</rdf:Description>"
    assert read(f"<ex:ingredient>{inner}</ex:ingredient>") == XmpText()
    assert read("<dc:description>no list</dc:description>") == XmpText()


@given(
    st.recursive(st.just(""), lambda inner: st.tuples(st.sampled_from(NAMES), st.lists(inner, max_size=3)).map(element))
)
def test_elements_in_any_order_have_texts_or_none(inner: str) -> None:
    document = f"<rdf:RDF {NAMESPACES}>{inner}</rdf:RDF>"
    for each in (document, f"<ex:other {NAMESPACES}>{inner}</ex:other>"):
        assert isinstance(read_xmp_text(each.encode()), XmpText)


def test_the_texts_before_a_damaged_place_count() -> None:
    data = packet(SEA + subject("Bag", "sea", "sky")).encode()
    assert read_xmp_text(data[: data.index(b"sky")]) == XmpText("Ελλάδα & \U0001f3d6", ("sea",))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>',
        "<!DOCTYPE x [" + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12)) + "]>",
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_a_packet_with_a_document_type_has_no_text(doctype: str) -> None:
    text = packet(caption(("x-default", "&a;&e11;"))).removeprefix('<?xpacket begin="\ufeff" id="W5M0"?>')
    tracemalloc.start()
    try:
        assert read_xmp_text((doctype + text).encode()) == XmpText()
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_an_undeclared_entity_ends_the_packet() -> None:
    assert read(caption(("x-default", "&nbsp;")) + SEA) == XmpText()


def test_deep_nesting_and_long_texts_take_little_memory() -> None:
    tracemalloc.start()
    try:
        assert read_xmp_text(b"<a>" * 300_000) == XmpText()
        assert len(read(caption(("x-default", "x" * 500_000))).caption) == 20_000
        assert len(read(subject("Bag", *["k"] * 30_000)).keywords) == 2_000
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=300))
def test_any_bytes_have_texts_or_none(data: bytes) -> None:
    for head in (b"", b"<", packet(SEA).encode()[:-100]):
        assert isinstance(read_xmp_text(head + data), XmpText)
