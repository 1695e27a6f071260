"""Damaged files cause domain errors only, and a stripped file shows the same image."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.domain.errors import ImageRepoError
from functions.domain.limits import HTTP_LIMITS
from functions.imaging import gate
from functions.imaging.examine import examine
from functions.imaging.renditions import render
from functions.imaging.strip import strip
from tests.imaging.cases import KINDS, files
from tests.imaging.fuzz import with_checksums

Change = tuple[int, bytes, int]
"""A change of a file: the position (in thousandths of the file, or bytes from its start if negative), the new bytes,
and how many bytes they replace."""

CHANGES = st.lists(
    st.tuples(st.integers(-400, 1000), st.binary(max_size=4), st.integers(0, 4)),
    min_size=1,
    max_size=6,
)
HOSTILE = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def damaged(data: bytes, changes: list[Change]) -> bytes:
    for place, new, replaced in changes:
        start = -place % len(data) if place < 0 else place * len(data) // 1000
        data = data[:start] + new + data[start + replaced :] or b"\0"
    return data


def print_of(data: bytes) -> str | None:
    try:
        facts = examine(data, HTTP_LIMITS, sha256="")
    except ImageRepoError:
        return None
    json.dumps(dict(facts.exif), allow_nan=False)
    return facts.pixel_sha512


@pytest.mark.parametrize("kind", KINDS)
@given(changes=CHANGES)
@HOSTILE
def test_only_domain_errors_escape(kind: str, changes: list[Change]) -> None:
    data = with_checksums(damaged(files()[kind], changes))
    shown = print_of(data)
    try:
        image_format = gate.sniff(data)
        render(data, image_format, [(20, 10), (40, 20)], full_size=True)
        if image_format.strippable:
            stripped = strip(data, image_format)
            assert strip(stripped, image_format) == stripped
            assert print_of(stripped) == shown
    except ImageRepoError:
        pass


@given(st.sampled_from(KINDS), st.binary(max_size=200), st.integers(4, 60))
@settings(max_examples=200, deadline=None)
def test_junk_after_a_signature_is_refused_or_accepted(kind: str, junk: bytes, length: int) -> None:
    print_of(files()[kind][:length] + junk)
