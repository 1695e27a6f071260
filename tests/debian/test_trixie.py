"""Debian 13, with its Python 3.13."""

import pytest

from tests.debian.reader import Reader, debian_of

pytestmark = pytest.mark.timeout(1800)  # a whole system is installed from the network


def test_every_command_works_and_answers_as_the_page_shows() -> None:
    with debian_of("trixie") as debian:
        output = Reader(debian).follow_the_pages()["make test"]
    assert "tests that did not run, by reason" in output
