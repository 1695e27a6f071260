"""How the client recognizes the format of a file, shows its name, and caches its duplicates."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.domain.text import has_control_characters
from image_repo.cli.report import format_size
from image_repo.signatures import SIGNATURE_LENGTH, content_type
from image_repo.sync.cache import DuplicateCache
from image_repo.text import single_line, without_control_characters
from tests.photos import animated, avif, gif, heic, jpeg, photo, png, webp

SMALL = photo(32, 24)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (jpeg(SMALL), "image/jpeg"),
        (png(SMALL), "image/png"),
        (gif([SMALL]), "image/gif"),
        (webp(SMALL), "image/webp"),
        (avif(SMALL), "image/avif"),
        (animated("AVIF", [SMALL] * 2), "image/avif"),
        (heic(SMALL), "image/heic"),
        (b"", None),
        (b"%PDF-1.7", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", None),
    ],
)
def test_a_format_is_recognized_by_its_first_bytes(data: bytes, kind: str | None) -> None:
    assert content_type(data[:SIGNATURE_LENGTH]) == kind


class TestDuplicateCache:
    HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)

    @given(st.lists(st.tuples(HASHES, HASHES), max_size=20), st.binary(max_size=300))
    @settings(max_examples=50)
    def test_returns_the_last_value_of_each_file_after_any_earlier_content(
        self, folder: Path, pairs: list[tuple[str, str]], junk: bytes
    ) -> None:
        with TemporaryDirectory(dir=folder) as name:
            DuplicateCache("http://a", Path(name)).remember("0" * 64, "1" * 64)
            (file,) = Path(name).iterdir()
            file.write_bytes(junk)
            cache = DuplicateCache("http://a", Path(name))
            for own, stored in pairs:
                cache.remember(own, stored)
            again, other = DuplicateCache("http://a/", Path(name)), DuplicateCache("http://b", Path(name))
        for own, stored in dict(pairs).items():
            assert again.stored(own) == cache.stored(own) == stored
            assert other.stored(own) == own

    def test_is_shared_by_simultaneous_runs(self, tmp_path: Path) -> None:
        one, other = DuplicateCache("http://a", tmp_path), DuplicateCache("http://a", tmp_path)
        one.remember("a" * 64, "1" * 64)
        other.remember("b" * 64, "2" * 64)
        both = DuplicateCache("http://a", tmp_path)
        assert (both.stored("a" * 64), both.stored("b" * 64)) == ("1" * 64, "2" * 64)


@given(st.integers(0, 10**15))
def test_a_formatted_size_has_few_digits(count: int) -> None:
    number, unit = format_size(count).split()
    assert unit in {"bytes", "kB", "MB", "GB"}
    assert float(number) < 1_000.05 or unit == "GB"


@given(st.text())
def test_printed_text_cannot_control_the_terminal(text: str) -> None:
    shown = single_line(text)
    assert len(shown) == len(text)
    assert not has_control_characters(shown)


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # noqa: RUF001 - Persian
        "👩\u200d🔬",
        "🏴\U000e0067\U000e0062\U000e007f",
        "co\u00adop",
        "a\u00a0b",
    ],
)
def test_joiners_and_soft_hyphens_are_printed(text: str) -> None:
    assert single_line(text) == text


@given(st.text(st.characters() | st.sampled_from("\n\t\x85\u202e\u2066\u2069")))
def test_the_service_accepts_what_the_client_sends(text: str) -> None:
    sent = without_control_characters(text)
    assert not has_control_characters(sent, multiline=True)
    assert sent == text or has_control_characters(text, multiline=True)
