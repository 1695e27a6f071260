"""What holds for all values: bodies, delays, batches, signatures, what is remembered."""

import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.web.body import Part, parse_multipart
from image_repo.body import Body, form
from image_repo.errors import CannotRead, Interrupted
from image_repo.formats import SIGNATURE, content_type
from image_repo.known import Known
from image_repo.patience import Patience, Stop, retry_after
from image_repo.report import printable, size
from tests.photos import animated, avif, gif, heic, jpeg, png, webp

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laws")


class TestBody:
    @given(st.binary(max_size=200), st.binary(max_size=50), st.binary(max_size=50), st.integers(1, 64))
    def test_has_the_length_that_it_announces_however_it_is_read(
        self, folder: Path, data: bytes, head: bytes, tail: bytes, block: int
    ) -> None:
        (folder / "file").write_bytes(data)
        sent: list[int] = []
        with (folder / "file").open("rb") as file:
            body = Body(file, sent.append, head=head, tail=tail)
            read = b"".join(iter(lambda: body.read(block), b""))
        assert read == head + data + tail
        assert len(read) == len(body) == sum(sent)
        assert max(sent, default=0) <= block

    def test_of_a_file_that_shrinks_is_an_error_and_not_a_short_request(self, folder: Path) -> None:
        (folder / "file").write_bytes(bytes(100))
        with (folder / "file").open("rb", buffering=0) as file:
            body = Body(file, lambda _: None)
            os.truncate(folder / "file", 50)
            assert len(body.read(80)) == 50
            with pytest.raises(CannotRead, match="changed"):
                body.read(80)

    @given(st.dictionaries(st.sampled_from(["filename", "caption", "tags", "album"]), TEXT), st.binary(max_size=100))
    def test_of_a_form_is_understood_by_the_service(self, folder: Path, fields: dict[str, str], data: bytes) -> None:
        (folder / "file").write_bytes(data)
        with (folder / "file").open("rb") as file:
            body, kind = form(file, fields, lambda _: None)
            parts = list(parse_multipart(body.read() + body.read() + body.read(), kind))
        assert parts == [*(Part(name, value.encode()) for name, value in fields.items()), Part("image", data, "image")]


class TestPatience:
    @given(st.integers(1, 10_000), st.floats(0, 1), st.floats(0, 1e6))
    def test_waits_no_less_than_was_asked_for_and_no_more_than_its_bound(
        self, failures: int, chance: float, asked: float
    ) -> None:
        patience = Patience(first=0.5, longest=30)
        delay = patience.delay(failures, at_least=asked, chance=chance)
        assert asked + 0.25 <= delay <= asked + 30

    @given(st.integers(1, 30), st.floats(0, 1))
    def test_waits_longer_each_time_until_its_bound(self, failures: int, chance: float) -> None:
        patience = Patience()
        assert patience.delay(failures, chance=chance) <= patience.delay(failures + 1, chance=chance)

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            (None, 0),
            ("", 0),
            ("7", 7),
            (" 120 ", 120),
            ("-5", 0),
            ("soon", 0),
            ("1.5", 0),
            (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
            (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        ],
    )
    def test_reads_both_kinds_of_retry_after(self, header: str | None, seconds: float) -> None:
        assert retry_after(header, NOW) == seconds

    @given(st.text(max_size=40))
    def test_survives_any_retry_after(self, header: str) -> None:
        assert retry_after(header, NOW) >= 0


def test_a_stop_ends_waiting_at_once_and_sending_after_a_grace() -> None:
    stop = Stop(grace=0)
    stop.check()
    stop.wait(0)
    stop.request()
    with pytest.raises(Interrupted):
        stop.wait(60)
    with pytest.raises(Interrupted):
        stop.check()
    patient = Stop(grace=60)
    patient.request()
    patient.check()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (jpeg(), "image/jpeg"),
        (png(), "image/png"),
        (gif(), "image/gif"),
        (webp(), "image/webp"),
        (avif(), "image/avif"),
        (animated("AVIF"), "image/avif"),
        (heic(), "image/heic"),
        (b"", None),
        (b"%PDF-1.7", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", None),
    ],
)
def test_a_format_is_told_by_its_first_bytes(data: bytes, kind: str | None) -> None:
    assert content_type(data[:SIGNATURE]) == kind


class TestKnown:
    HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)

    @given(st.lists(st.tuples(HASHES, HASHES), max_size=20), st.binary(max_size=300))
    @settings(max_examples=50)
    def test_keeps_the_last_word_on_each_file_whatever_is_written_before(
        self, folder: Path, pairs: list[tuple[str, str]], junk: bytes
    ) -> None:
        with TemporaryDirectory(dir=folder) as name:
            Known("http://a", Path(name)).remember("0" * 64, "1" * 64)
            (file,) = Path(name).iterdir()
            file.write_bytes(junk)
            known = Known("http://a", Path(name))
            for own, stored in pairs:
                known.remember(own, stored)
            again, elsewhere = Known("http://a/", Path(name)), Known("http://b", Path(name))
        for own, stored in dict(pairs).items():
            assert again.stored(own) == known.stored(own) == stored
            assert elsewhere.stored(own) == own

    def test_is_shared_by_runs_at_the_same_time(self, tmp_path: Path) -> None:
        one, other = Known("http://a", tmp_path), Known("http://a", tmp_path)
        one.remember("a" * 64, "1" * 64)
        other.remember("b" * 64, "2" * 64)
        both = Known("http://a", tmp_path)
        assert (both.stored("a" * 64), both.stored("b" * 64)) == ("1" * 64, "2" * 64)


@given(st.integers(0, 10**15))
def test_a_size_for_people_has_few_digits(count: int) -> None:
    number, unit = size(count).split()
    assert unit in {"bytes", "kB", "MB", "GB"}
    assert float(number) < 1_000.05 or unit == "GB"


@given(st.text())
def test_nothing_that_is_printed_steers_the_terminal(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert shown.isprintable() or not shown
