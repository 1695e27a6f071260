"""Request bodies that are read from disk while they are sent."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from image_repo.errors import FileReadError
from image_repo.multipart import RequestBody, multipart_form

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
NAMES = st.text(st.characters(codec="ascii", exclude_characters='"\\', exclude_categories=["Cc"]), min_size=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bodies")


@given(st.binary(max_size=200), st.binary(max_size=50), st.binary(max_size=50), st.integers(1, 64))
def test_a_body_has_its_announced_length_for_any_size_of_blocks(
    folder: Path, data: bytes, head: bytes, tail: bytes, block: int
) -> None:
    (folder / "file").write_bytes(data)
    sent: list[int] = []
    with (folder / "file").open("rb") as file:
        body = RequestBody(file, sent.append, head=head, tail=tail)
        read = b"".join(iter(lambda: body.read(block), b""))
    assert read == head + data + tail
    assert len(read) == len(body) == sum(sent)
    assert max(sent, default=0) <= block


def test_a_file_that_becomes_shorter_is_an_error_and_not_a_short_request(folder: Path) -> None:
    (folder / "file").write_bytes(bytes(100))
    with (folder / "file").open("rb", buffering=0) as file:
        body = RequestBody(file, lambda _: None)
        os.truncate(folder / "file", 50)
        assert len(body.read(80)) == 50
        with pytest.raises(FileReadError, match="changed"):
            body.read(80)


@given(st.dictionaries(NAMES, TEXT), st.binary(max_size=100))
def test_a_form_is_read_as_it_was_written(folder: Path, fields: dict[str, str], data: bytes) -> None:
    assert parsed(folder, fields, data) == (list(fields.items()), data)


@given(TEXT, TEXT)
def test_no_name_or_value_of_a_field_can_add_a_part_or_a_header(folder: Path, name: str, value: str) -> None:
    fields, data = parsed(folder, {name: value}, b"data")
    assert [each for _, each in fields] == [value]
    assert data == b"data"


def parsed(folder: Path, fields: dict[str, str], data: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """The fields and the file of a form, as Werkzeug reads them."""
    (folder / "file").write_bytes(data)
    with (folder / "file").open("rb") as file:
        body, content_type = multipart_form(file, fields, lambda _: None)
        written = b"".join(iter(lambda: body.read(1 << 16), b""))
    kind, options = parse_options_header(content_type)
    parser = FormDataParser(stream_factory=in_memory)
    _, form, files = parser.parse(BytesIO(written), kind, len(written), options)
    assert [*files] == ["image"]
    return [*form.items(multi=True)], files["image"].read()


def in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> BytesIO:
    """A file for Werkzeug's parser, whose default is a temporary file."""
    del total_content_length, content_type, filename, content_length
    return BytesIO()
